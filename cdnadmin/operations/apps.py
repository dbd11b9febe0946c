from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "cdnadmin.operations"
    label = "operations"

    def ready(self) -> None:
        # Tasks are shared tasks: the app they belong to must exist in every process that sends or runs them.
        from cdnadmin import celery  # noqa: F401
