from django.apps import AppConfig


class DistributionsConfig(AppConfig):
    name = "distributions"

    def ready(self) -> None:
        from distributions.steps import register_kinds

        register_kinds()
