from programme.attendance.models import Mark
from programme.certificates.models import Certificate
from programme.seat import Seat

__all__ = ["Certificate", "Mark", "Seat"]
