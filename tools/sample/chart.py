"""One patient's resources: builders that repeat the patient's name where real systems repeat it (display, narrative, notes)."""

from codes import ACT, ATC, CARD, ICD9, ICD10, LOINC, MRN, RESIDENT, TERMINOLOGY, TICKET, at, base64_text, concept
from hospital import DEPARTMENTS, name_of, practitioner
from people import resident_id


class Chart:
    def __init__(self, people, number, name, gender, birth, surname=1, pinyin=""):
        self.people, self.number, self.name, self.gender, self.birth = people, number, name, gender, birth
        self.id = f"p-{number:04d}"
        self.ref = {"reference": f"Patient/{self.id}", "display": name}
        self.bare = {"reference": f"Patient/{self.id}"}
        self.mrn = f"M{20250000 + number * 37}"
        self.resident = resident_id(birth, number * 10 + (1 if gender == "male" else 2))
        self.card = f"LY{990100000000 + number * 7919}"
        self.phone, self.address = people.phone(), people.address()
        self.resources, self.counts = [], {}
        names = [{"use": "official", "text": name, "family": name[:surname], "given": [name[surname:]]}]
        if pinyin:
            names.append({"use": "usual", "text": pinyin})
        self.patient = self.add(
            {
                "resourceType": "Patient",
                "id": self.id,
                "active": True,
                "identifier": [
                    {
                        "use": "usual",
                        "type": concept(TERMINOLOGY + "v2-0203", "MR", "病案号"),
                        "system": MRN,
                        "value": self.mrn,
                    },
                    {
                        "use": "official",
                        "type": concept(TERMINOLOGY + "v2-0203", "NI", "居民身份证号码"),
                        "system": RESIDENT,
                        "value": self.resident,
                    },
                    {"use": "secondary", "system": CARD, "value": self.card},
                ],
                "name": names,
                "telecom": [{"system": "phone", "value": self.phone, "use": "mobile"}],
                "gender": gender,
                "birthDate": birth,
                "address": [self.address],
            }
        )

    def add(self, resource):
        self.resources.append(resource)
        return resource

    def new_id(self, prefix):
        self.counts[prefix] = self.counts.get(prefix, 0) + 1
        return f"{prefix}-{self.number:04d}-{self.counts[prefix]}"

    def last(self, kind):
        return next(r for r in reversed(self.resources) if r["resourceType"] == kind)

    def link(self, resource):
        return {"reference": f"{resource['resourceType']}/{resource['id']}"}

    # Who the patient is.

    def contact(self, relation_code, relation, name, gender=None):
        phone = self.people.phone()
        self.patient.setdefault("contact", []).append(
            {
                "relationship": [concept(TERMINOLOGY + "v3-RoleCode", relation_code, relation)],
                "name": {"text": name, "family": name[0], "given": [name[1:]]},
                "telecom": [{"system": "phone", "value": phone, "use": "mobile"}],
                **({"gender": gender} if gender else {}),
                "address": {"text": self.address["text"]},
            }
        )
        return phone

    def related(self, relation_code, relation, name, gender):
        return self.add(
            {
                "resourceType": "RelatedPerson",
                "id": self.new_id("rel"),
                "active": True,
                "patient": self.ref,
                "relationship": [concept(TERMINOLOGY + "v3-RoleCode", relation_code, relation)],
                "name": [{"use": "official", "text": name, "family": name[0], "given": [name[1:]]}],
                "telecom": [{"system": "phone", "value": self.people.phone(), "use": "mobile"}],
                "gender": gender,
            }
        )

    def narrative(self):
        sex = {"male": "男", "female": "女"}[self.gender]
        self.patient["text"] = {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p><b>{self.name}</b>，{sex}，'
            f"{self.birth}出生，病案号{self.mrn}，电话{self.phone}</p></div>",
        }

    def extension(self, url, **value):
        self.patient.setdefault("extension", []).append({"url": url, **value})

    def security(self, code, display, resource=None):
        meta = (resource or self.patient).setdefault("meta", {})
        meta.setdefault("security", []).append({"system": ACT, "code": code, "display": display})

    # What is done for them.

    def encounter(
        self,
        kind,
        status,
        department,
        doctor,
        start,
        end=None,
        team=(),
        ward=None,
        reason=None,
        admitter=None,
        consulted=None,
    ):
        code, display = {"AMB": ("AMB", "门诊"), "IMP": ("IMP", "住院"), "EMER": ("EMER", "急诊")}[kind]
        zh = next(d[2] for d in DEPARTMENTS if d[0] == department)
        people = (
            [("ATND", doctor)]
            + [("PART", a) for a in team]
            + [(t, a) for t, a in [("ADM", admitter), ("CON", consulted)] if a]
        )
        period = {"start": at(start)} | ({"end": at(end, "17:00")} if end else {})
        r = {
            "resourceType": "Encounter",
            "id": self.new_id("enc"),
            "status": status,
            "class": {"system": TERMINOLOGY + "v3-ActCode", "code": code, "display": display},
            "subject": self.ref,
            "participant": [
                {
                    "type": [
                        concept(
                            TERMINOLOGY + "v3-ParticipationType",
                            t,
                            {"ATND": "主管", "PART": "参与", "ADM": "接诊登记", "CON": "会诊"}[t],
                        )
                    ],
                    "individual": {"reference": practitioner(a), "display": name_of(a)},
                }
                for t, a in people
            ],
            "period": period,
            "serviceProvider": {"reference": f"Organization/{department}", "display": zh},
        }
        if reason:
            r["reasonCode"] = [{"text": reason}]
        if ward:
            r["location"] = [
                {"location": {"reference": f"Location/{ward}"}, "status": "active" if not end else "completed"}
            ]
        if kind == "IMP":
            r["hospitalization"] = {"admitSource": concept(TERMINOLOGY + "admit-source", "outp", "门诊收入院")}
        self.here = {"reference": f"Encounter/{r['id']}"}
        return self.add(r)

    def condition(self, code, display, date, note=None, doctor=None):
        r = {
            "resourceType": "Condition",
            "id": self.new_id("cond"),
            "clinicalStatus": concept(TERMINOLOGY + "condition-clinical", "active", "活动"),
            "verificationStatus": concept(TERMINOLOGY + "condition-ver-status", "confirmed", "确诊"),
            "category": [concept(TERMINOLOGY + "condition-category", "encounter-diagnosis", "就诊诊断")],
            "code": concept(ICD10, code, display),
            "subject": self.ref,
            "encounter": self.here,
            "recordedDate": date,
        }
        if doctor:
            r["recorder"] = {"reference": practitioner(doctor), "display": name_of(doctor)}
        if note:
            r["note"] = [{"text": note}]
        return self.add(r)

    def observation(
        self, code, display, date, value=None, unit=None, text=None, by=None, note=None, category="laboratory"
    ):
        r = {
            "resourceType": "Observation",
            "id": self.new_id("obs"),
            "status": "final",
            "category": [
                concept(
                    TERMINOLOGY + "observation-category",
                    category,
                    {"laboratory": "检验", "vital-signs": "生命体征", "imaging": "影像", "survey": "量表"}[category],
                )
            ],
            "code": concept(LOINC, code, display),
            "subject": self.bare,
            "encounter": self.here,
            "effectiveDateTime": at(date, "10:20"),
        }
        if by:
            r["performer"] = [{"reference": practitioner(by), "display": name_of(by)}]
        if value is not None:
            r["valueQuantity"] = {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
        if text:
            r["valueString"] = text
        if note:
            r["note"] = [{"authorString": name_of(by) if by else "自动审核", "text": note}]
        return self.add(r)

    def blood_pressure(self, date, systolic, diastolic, by):
        r = self.observation("85354-9", "血压", date, by=by, category="vital-signs")
        r["component"] = [
            {
                "code": concept(LOINC, c, d),
                "valueQuantity": {"value": v, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
            }
            for c, d, v in [("8480-6", "收缩压", systolic), ("8462-4", "舒张压", diastolic)]
        ]
        return r

    def order(self, system, code, display, date, requester, performer, status="active", reason=None, note=None):
        r = {
            "resourceType": "ServiceRequest",
            "id": self.new_id("sr"),
            "status": status,
            "intent": "order",
            "priority": "routine",
            "code": concept(system, code, display),
            "subject": self.ref,
            "encounter": self.here,
            "authoredOn": at(date, "09:30"),
            "requester": {"reference": practitioner(requester), "display": name_of(requester)},
            "performer": [{"reference": practitioner(performer), "display": name_of(performer)}],
        }
        if reason:
            r["reasonCode"] = [{"text": reason}]
        if note:
            r["note"] = [{"text": note}]
        return self.add(r)

    def report(self, code, display, date, by, results, conclusion, order=None, imaging=None):
        r = {
            "resourceType": "DiagnosticReport",
            "id": self.new_id("dr"),
            "status": "final",
            "code": concept(LOINC, code, display),
            "subject": self.ref,
            "encounter": self.here,
            "effectiveDateTime": at(date, "10:40"),
            "issued": at(date, "11:05"),
            "performer": [{"reference": practitioner(by), "display": name_of(by)}],
            "result": [self.link(o) for o in results],
            "conclusion": conclusion,
        }
        if order:
            r["basedOn"] = [self.link(order)]
        if imaging:
            r["imagingStudy"] = [self.link(imaging)]
        return self.add(r)

    def medicine(self, code, display, date, requester, dose, status="active", contained=False, note=None):
        r = {"resourceType": "MedicationRequest", "id": self.new_id("mr"), "status": status, "intent": "order"}
        drug = concept(ATC, code, display)
        if contained:
            r["contained"] = [
                {
                    "resourceType": "Medication",
                    "id": "drug",
                    "code": drug,
                    "batch": {"lotNumber": f"LT{self.number:04d}7"},
                }
            ]
            r["medicationReference"] = {"reference": "#drug", "display": display}
        else:
            r["medicationCodeableConcept"] = drug
        r |= {
            "subject": self.ref,
            "encounter": self.here,
            "authoredOn": at(date, "11:30"),
            "requester": {"reference": practitioner(requester), "display": name_of(requester)},
            "dosageInstruction": [{"text": dose}],
            "dispenseRequest": {"performer": {"reference": "Organization/dept-pharm"}},
        }
        if note:
            r["note"] = [{"text": note}]
        return self.add(r)

    def procedure(self, code, display, date, by, note=None):
        r = {
            "resourceType": "Procedure",
            "id": self.new_id("proc"),
            "status": "completed",
            "code": concept(ICD9, code, display),
            "subject": self.ref,
            "encounter": self.here,
            "performedDateTime": at(date, "14:00"),
            "performer": [{"actor": {"reference": practitioner(by), "display": name_of(by)}}],
        }
        if note:
            r["note"] = [{"text": note}]
        return self.add(r)

    def allergy(self, system, code, display, reaction):
        return self.add(
            {
                "resourceType": "AllergyIntolerance",
                "id": self.new_id("al"),
                "clinicalStatus": concept(TERMINOLOGY + "allergyintolerance-clinical", "active", "活动"),
                "type": "allergy",
                "category": ["medication"],
                "criticality": "high",
                "code": concept(system, code, display),
                "patient": self.ref,
                "reaction": [{"manifestation": [{"text": reaction}], "severity": "severe"}],
            }
        )

    def immunization(self, code, display, date):
        return self.add(
            {
                "resourceType": "Immunization",
                "id": self.new_id("imm"),
                "status": "completed",
                "vaccineCode": concept("http://hl7.org/fhir/sid/cvx", code, display),
                "patient": self.ref,
                "occurrenceDateTime": date,
                "lotNumber": f"V{self.number:04d}A",
            }
        )

    def note(self, title, body, date, author, kind=("34117-2", "病历记录"), security=None):
        """The note names the patient, as notes do: in its title and, encoded, in its text."""
        text = f"{title}\n姓名：{self.name}  病案号：{self.mrn}  联系电话：{self.phone}\n身份证号：{self.resident}\n{body}\n记录者：{name_of(author)}"
        r = {
            "resourceType": "DocumentReference",
            "id": self.new_id("doc"),
            "status": "current",
            "type": concept(LOINC, *kind),
            "subject": self.ref,
            "date": at(date, "16:00"),
            "author": [{"reference": practitioner(author), "display": name_of(author)}],
            "description": f"{self.name} {title}",
            "content": [
                {
                    "attachment": {
                        "contentType": "text/plain; charset=utf-8",
                        "language": "zh-CN",
                        "data": base64_text(text),
                        "title": f"{self.name}_{title}_{date}.txt",
                        "creation": at(date, "16:00"),
                    }
                }
            ],
            "context": {"encounter": [self.here]},
        }
        if security:
            self.security(*security, resource=r)
        return self.add(r)

    def coverage(self, payor="dept-insurance", kind="城镇职工基本医疗保险"):
        return self.add(
            {
                "resourceType": "Coverage",
                "id": self.new_id("cov"),
                "status": "active",
                "type": {"text": kind},
                "subscriber": self.ref,
                "subscriberId": self.card,
                "beneficiary": self.ref,
                "payor": [{"reference": f"Organization/{payor}"}],
            }
        )

    def claim(self, date, item, price, diagnosis=None):
        r = {
            "resourceType": "Claim",
            "id": self.new_id("claim"),
            "status": "active",
            "type": concept(TERMINOLOGY + "claim-type", "institutional", "医疗机构"),
            "use": "claim",
            "patient": self.ref,
            "created": date,
            "provider": {"reference": "Organization/org-hospital"},
            "priority": concept(TERMINOLOGY + "processpriority", "normal", "普通"),
            "insurance": [{"sequence": 1, "focal": True, "coverage": self.link(self.last("Coverage"))}],
            "item": [
                {
                    "sequence": 1,
                    "productOrService": {"text": item},
                    "encounter": [self.here],
                    "unitPrice": {"value": price, "currency": "CNY"},
                }
            ],
            "total": {"value": price, "currency": "CNY"},
        }
        if diagnosis:
            r["diagnosis"] = [{"sequence": 1, "diagnosisReference": self.link(diagnosis)}]
        return self.add(r)

    def appointment(self, status, start, end, doctor, ticket=None, others=(), comment=None, description="门诊预约"):
        people = [
            self.ref,
            {"reference": practitioner(doctor), "display": name_of(doctor)},
            *({"reference": o} for o in others),
        ]
        r = {"resourceType": "Appointment", "id": self.new_id("appt")}
        if ticket:
            r["identifier"] = [{"system": TICKET, "value": ticket}]
        r |= {
            "status": status,
            "description": description,
            "start": start,
            "end": end,
            "participant": [{"actor": a, "status": "accepted"} for a in people],
        }
        if comment:
            r["comment"] = comment
        return self.add(r)

    def care_team(self, members, start):
        return self.add(
            {
                "resourceType": "CareTeam",
                "id": self.new_id("team"),
                "status": "active",
                "name": f"{self.name}的医疗组",
                "subject": self.ref,
                "encounter": self.here,
                "period": {"start": at(start)},
                "participant": [{"member": {"reference": practitioner(a), "display": name_of(a)}} for a in members],
            }
        )

    def imaging(self, modality, display, date, order=None):
        uid = f"2.25.{9901020000000000 + self.number * 1000 + self.counts.get('img', 0)}"
        r = {
            "resourceType": "ImagingStudy",
            "id": self.new_id("img"),
            "identifier": [{"system": "urn:dicom:uid", "value": f"urn:oid:{uid}"}],
            "status": "available",
            "subject": self.ref,
            "encounter": self.here,
            "started": at(date, "10:05"),
            "numberOfSeries": 1,
            "description": display,
            "series": [
                {
                    "uid": f"{uid}.1",
                    "modality": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": modality},
                }
            ],
        }
        if order:
            r["basedOn"] = [self.link(order)]
        return self.add(r)

    def consent(self, text, date, permit=True):
        return self.add(
            {
                "resourceType": "Consent",
                "id": self.new_id("con"),
                "status": "active",
                "scope": concept(TERMINOLOGY + "consentscope", "patient-privacy", "隐私同意"),
                "category": [concept(LOINC, "59284-0", "知情同意书")],
                "patient": self.ref,
                "dateTime": at(date),
                "policyRule": {"text": text},
                "provision": {"type": "permit" if permit else "deny"},
            }
        )

    def questionnaire(self, title, answers, date):
        return self.add(
            {
                "resourceType": "QuestionnaireResponse",
                "id": self.new_id("qr"),
                "status": "completed",
                "subject": self.ref,
                "encounter": self.here,
                "authored": at(date, "09:40"),
                "item": [{"linkId": "0", "text": title}]
                + [{"linkId": str(i), "text": q, "answer": [a]} for i, (q, a) in enumerate(answers, 1)],
            }
        )
