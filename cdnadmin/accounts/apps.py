from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "cdnadmin.accounts"
    label = "accounts"
