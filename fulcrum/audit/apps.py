from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "fulcrum.audit"
    label = "audit"

    def ready(self) -> None:
        from fulcrum.audit.services import broken_chains
        from fulcrum.work.invariants import invariant

        invariant(broken_chains)
