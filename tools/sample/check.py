"""What must hold of the sample set before anybody trusts a demo made of it."""

import base64
import datetime
import json
import re
import tomllib

from hospital import DEPARTMENTS, NAME_EN, NAME_ZH, STAFF
from people import AREA, MOBILE, valid_resident_id

REAL_LOOKING_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
RESIDENT_ID = re.compile(r"(?<!\d)[1-9]\d{16}[\dX](?!\d)")


def strings(value):
    if isinstance(value, dict):
        for k, v in value.items():
            yield from strings(v)
            if k == "data" and isinstance(v, str) and len(v) > 200:
                yield base64.b64decode(v).decode("utf-8", "replace")
    elif isinstance(value, list):
        for v in value:
            yield from strings(v)
    elif isinstance(value, str):
        yield value


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for v in value.values():
            yield from references(v)
    elif isinstance(value, list):
        for v in value:
            yield from references(v)


def identities(charts):
    """Everything that names a patient or a relative, by what it is."""
    out = {}
    for c in charts:
        out |= {
            c.name: "name",
            c.resident: "resident id",
            c.mrn: "record number",
            c.card: "card",
            c.phone: "phone",
            c.address["line"][0]: "address",
        }
        for r in c.resources:
            for holder in r.get("contact", []) + ([r] if r["resourceType"] == "RelatedPerson" else []):
                name = holder["name"] if isinstance(holder["name"], dict) else holder["name"][0]
                out |= {name["text"]: "relative's name"} | {t["value"]: "relative's phone" for t in holder["telecom"]}
    return out


def sound_people(charts):
    names = [c.name for c in charts]
    staff = {s[2] for s in STAFF}
    if len(set(names)) != len(names):
        yield "two patients have one name"
    for c in charts:
        if len(c.name) < 3 or c.name in staff:
            yield f"{c.id}: the name is too short to search for, or a member of staff has it"
        if (
            not valid_resident_id(c.resident)
            or not c.resident.startswith(AREA)
            or c.resident[6:14] != c.birth.replace("-", "")
        ):
            yield f"{c.id}: the resident number does not fit"
        if int(c.resident[16]) % 2 != (c.gender == "male"):
            yield f"{c.id}: the resident number is of the other sex"
        datetime.date.fromisoformat(c.birth)
    for field in ("resident", "mrn", "card", "phone"):
        if len({getattr(c, field) for c in charts}) != len(charts):
            yield f"two patients share a {field}"


def sound_references(staff, charts):
    resources = staff + [r for c in charts for r in c.resources]
    known = [f"{r['resourceType']}/{r['id']}" for r in resources]
    if len(set(known)) != len(known):
        yield "two resources have one id: " + ", ".join(sorted({k for k in known if known.count(k) > 1}))
    for r, key in zip(resources, known):
        local = {f"#{i['id']}" for i in r.get("contained", [])}
        for reference in references(r):
            if reference not in local and reference not in set(known):
                yield f"{key}: {reference} is not in the set"
        if not re.fullmatch(r"[A-Za-z0-9.-]{1,64}", r["id"]):
            yield f"{key}: not a FHIR id"
    for c in charts:
        for r in c.resources[1:]:
            patients = {p for p in references(r) if p.startswith("Patient/")}
            if f"Patient/{c.id}" not in patients or len(patients) != 1:
                yield f"{r['resourceType']}/{r['id']}: must be about Patient/{c.id} alone"


def sound_privacy(texts, staff, charts):
    """Patients stand in patient data only, and no number could be a living person's."""
    elsewhere = texts["hospital.toml"] + texts["readers.toml"] + json.dumps(staff, ensure_ascii=False)
    for secret, kind in identities(charts).items():
        if secret in elsewhere:
            yield f"a {kind} stands outside the patient data"
    for text in texts.values():
        if any(not p.startswith(MOBILE) for p in REAL_LOOKING_PHONE.findall(text)):
            yield "a phone number outside the unassigned range"
        if any(not i.startswith(AREA) for i in RESIDENT_ID.findall(text)):
            yield "a resident number outside the unassigned area"
    for c in charts:
        for r in c.resources:
            for text in strings(r):
                if any(not p.startswith(MOBILE) for p in REAL_LOOKING_PHONE.findall(text)):
                    yield f"{r['resourceType']}/{r['id']}: a phone number outside the unassigned range"


def sound_hospital(texts, staff):
    hospital, readers = tomllib.loads(texts["hospital.toml"]), tomllib.loads(texts["readers.toml"])
    known = {f"{r['resourceType']}/{r['id']}" for r in staff}
    accounts = {a["id"]: a for a in hospital["account"]}
    for a in accounts.values():
        for reference in a["references"]:
            if reference not in known:
                yield f"account {a['id']}: {reference} is not in the staff file"
    for id, _, _ in DEPARTMENTS:
        if f"Organization/{id}" not in known:
            yield f"department {id} has no Organization"
    for r in readers["reader"]:
        if not r["account"].startswith("Patient/") and r["terminal"] not in accounts[r["account"]]["terminals"]:
            yield f"reader {r['id']} may not sit at {r['terminal']}"
    if (hospital["hospital"]["name_en"], hospital["hospital"]["name_zh"]) != (NAME_EN, NAME_ZH):
        yield "the hospital's name differs"


def sound_size(charts, staff):
    if len(charts) != 40:
        yield f"{len(charts)} patients, not 40"
    types = {r["resourceType"] for c in charts for r in c.resources} | {r["resourceType"] for r in staff}
    wanted = set(
        """Patient RelatedPerson Practitioner PractitionerRole Organization Location HealthcareService Encounter Condition
        Observation ServiceRequest DiagnosticReport ImagingStudy MedicationRequest AllergyIntolerance Procedure Immunization Coverage
        Claim Consent CareTeam CarePlan Appointment DocumentReference QuestionnaireResponse FamilyMemberHistory""".split()
    )
    if wanted - types:
        yield "missing types: " + ", ".join(sorted(wanted - types))


def problems(texts, staff, charts):
    return list(
        dict.fromkeys(
            [
                *sound_people(charts),
                *sound_references(staff, charts),
                *sound_privacy(texts, staff, charts),
                *sound_hospital(texts, staff),
                *sound_size(charts, staff),
            ]
        )
    )
