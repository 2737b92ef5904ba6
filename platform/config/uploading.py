"""How an upload comes in."""

from contextlib import suppress

from django.core.files.uploadhandler import TemporaryFileUploadHandler


class WholeOrNothing(TemporaryFileUploadHandler):
    """As Django's, but where the disk is full the part that came in goes at once, and not when the memory is tidied."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write one part. Raises OSError."""
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError:
            with suppress(OSError):
                self.file.close()
            raise
