"""CSV text out."""

import csv
import io


class UnicodeWriter:
    """Collects rows and gives them as CSV text, texts quoted."""

    def __init__(self, encoding: str = "utf-8", quoting: int = csv.QUOTE_NONNUMERIC, delimiter: str = ","):
        self.queue = io.StringIO()
        self.writer = csv.writer(self.queue, quoting=quoting, delimiter=delimiter)

    def writerow(self, row) -> None:
        self.writer.writerow(row)

    def getvalue(self) -> str:
        return self.queue.getvalue()
