from django.apps import AppConfig


class CdnadminConfig(AppConfig):
    """The project itself as an app: its management commands and template tags."""

    name = "cdnadmin"
    label = "cdnadmin"

    def ready(self) -> None:
        from cdnadmin import checks  # noqa: F401  (registers them)
