from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "cdnadmin.operations"
    label = "operations"
