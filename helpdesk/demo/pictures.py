"""What do the sample mails carry? Small files that are made here, so that none lies in the repository."""

import struct
import zlib


def _png(rows: list[str], colours: dict[str, tuple[int, int, int]], scale: int = 12) -> bytes:
    """A picture of one letter a pixel, `scale` times enlarged (PNG, 8 bits, no alpha)."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    lines = [b"".join(bytes(colours[letter]) * scale for letter in row) for row in rows for _ in range(scale)]
    header = struct.pack(">IIBBBBB", len(rows[0]) * scale, len(lines), 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + line for line in lines))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def pdf(text: str) -> bytes:
    """One page with one line on it."""
    content = f"BT /F1 18 Tf 72 760 Td ({text}) Tj ET".encode("ascii")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    tail = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + tail


MACHINE = _png(
    [
        "wwwwwwwwwwwwwwww",
        "wwssssssssssssww",
        "wwsddddddddddsww",
        "wwsdgrrdddddDsww",
        "wwsddddddddddsww",
        "wwssssssssssssww",
        "wwwsskkkkkksswww",
        "wwwsswwkkwwsswww",
        "wwwsswwbwwwsswww",
        "wwwsswwwbwwsswww",
        "wwwsscccccwsswww",
        "wwwssccccccsswww",
        "wwwsscccccwsswww",
        "wwssssssssssssww",
        "wbbbbbbbbbbbbbww",
        "wwwbbbbbbbbbbbbw",
    ],
    {
        "w": (238, 236, 230),
        "s": (120, 126, 138),
        "d": (58, 62, 72),
        "D": (58, 62, 72),
        "g": (70, 180, 110),
        "r": (210, 70, 60),
        "k": (30, 30, 34),
        "b": (120, 180, 220),
        "c": (250, 250, 250),
    },
)
