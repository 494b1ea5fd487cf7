from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "applications"

    def ready(self) -> None:
        from applications import mydata, retention  # noqa: F401 - registers what goes when its time is over
        from applications.answers.asking import misnoted_answers
        from applications.application import concealed, typists
        from applications.assistance import todos as todos_of_help  # noqa: F401 - registers what waits for whom
        from applications.assistance.models import helped_by, typed_for
        from applications.assistance.typing import attribute
        from applications.deadlines import reminders  # noqa: F401 - registers their sweep
        from applications.directors.services import house_changed
        from applications.doubles import services as doubles  # noqa: F401 - registers the sweep of mergers
        from applications.needs import todos  # noqa: F401 - registers what waits for whom
        from applications.needs.reading import officers_who_score
        from applications.needs.services import erase_all
        from applications.recordings.services import stray_recordings
        from applications.recordings.transcripts import transcript_wanted, unwritten
        from applications.recordings.uploads import answers
        from applications.services import open_drafts, sent_without_receipt, tell_of_extension, told_of_change, told_of_house, told_of_withdrawal
        from fulcrum.calls.services import told_of_extensions, would_be_told
        from fulcrum.files.services import told_of_passed
        from fulcrum.files.uploads.targets import targets
        from fulcrum.work.invariants import invariant

        invariant(misnoted_answers)
        invariant(officers_who_score)
        mydata.register()
        concealed.append(helped_by)
        typists.append(typed_for)
        told_of_change.append(attribute)
        invariant(stray_recordings)
        invariant(unwritten)
        told_of_passed.append(transcript_wanted)
        invariant(sent_without_receipt)
        targets.append(answers)
        told_of_house.append(house_changed)
        told_of_extensions.append(tell_of_extension)
        would_be_told.append(open_drafts)
        told_of_withdrawal.append(erase_all)
