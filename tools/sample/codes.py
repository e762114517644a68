"""Code systems, and the smallest FHIR values."""

import base64

ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD9 = "http://hl7.org/fhir/sid/icd-9-cm"
LOINC = "http://loinc.org"
ATC = "http://www.whocc.no/atc"
SNOMED = "http://snomed.info/sct"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
HL7 = "http://hl7.org/fhir/StructureDefinition/"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
MRN, RESIDENT, CARD, TICKET = (f"urn:zhimi:sample:{s}" for s in ("mrn", "resident-id", "insurance-card", "ticket"))
ETHNICITY, OCCUPATION = "urn:zhimi:sample:ethnicity", "urn:zhimi:sample:occupation"
ZONE = "+08:00"
# One grey pixel: a photo that shows nobody.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg=="


def concept(system, code, display):
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def at(date, time="09:00"):
    return f"{date}T{time}:00{ZONE}"


def base64_text(text):
    return base64.b64encode(text.encode()).decode()
