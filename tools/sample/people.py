"""Invented people: numbers that pass the published checks and yet cannot belong to anybody."""

import datetime

# GB/T 2260 has no province 99, and GB 11643 no holder with it.
AREA = "990102"
# No network prefix 140 with exchange 0000 has been given out, so nobody answers these numbers.
MOBILE = "1400000"
STREETS = ["澜港路", "听潮街", "望汀大道", "鹭屿巷", "霁月路", "松涛里", "梧影街", "晴川北路"]
COMPOUNDS = ["云汀花苑", "澜湾小区", "鹭岛公寓", "霁月家园", "听潮新村"]


def resident_id(birth, sequence):
    """GB 11643-1999: area, birth date, sequence (odd for men), check character (ISO 7064 MOD 11-2)."""
    body = f"{AREA}{birth.replace('-', '')}{sequence:03d}"
    weighted = sum(int(d) * pow(2, 17 - i, 11) for i, d in enumerate(body))
    return body + "10X98765432"[weighted % 11]


def valid_resident_id(number):
    if len(number) != 18:
        return False
    values = [10 if c == "X" else int(c) for c in number]
    return sum(v * pow(2, 17 - i, 11) for i, v in enumerate(values)) % 11 == 1


class People:
    """Hands out phones and addresses in a fixed order; no two people share a phone."""

    def __init__(self, random):
        self.random = random
        self.suffixes = random.sample(range(1000, 10000), 400)

    def phone(self):
        return f"{MOBILE}{self.suffixes.pop():04d}"

    def address(self):
        street, compound = self.random.choice(STREETS), self.random.choice(COMPOUNDS)
        number, block, room = self.random.randint(3, 288), self.random.randint(1, 19), self.random.randint(101, 2804)
        line = f"{street}{number}号{compound}{block}栋{room}室"
        return {
            "use": "home",
            "type": "physical",
            "text": f"云汀省临澜市汀南区{line}",
            "line": [line],
            "city": "临澜市",
            "district": "汀南区",
            "state": "云汀省",
            "postalCode": f"99{self.random.randint(1000, 9999)}",
            "country": "CN",
        }


def day(date, offset):
    return (datetime.date.fromisoformat(date) + datetime.timedelta(days=offset)).isoformat()
