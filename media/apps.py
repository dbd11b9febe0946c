from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "media"

    def ready(self) -> None:
        from distributions.dependents import register_counter
        from media.queries.dependents import count_dependents
        from media.steps import register_kinds

        register_kinds()
        register_counter(count_dependents)
