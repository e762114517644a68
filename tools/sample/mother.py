"""The expectant mother: 38 weeks and 3 days, an antenatal check she has told no one about."""

from chart import Chart
from codes import ATC, ETHNICITY, HL7, LOINC, OCCUPATION, PIXEL, SNOMED, at, base64_text
from hospital import name_of, practitioner
from people import day

NUMBER = 7
DAY = "2025-04-14"
STANDING_UNTIL = "2049-12-31"
LAST_PERIOD = day(DAY, -(38 * 7 + 3))


def mother(people):
    c = Chart(people, NUMBER, "林晓雯", "female", "1994-08-19", pinyin="Lin Xiaowen")
    husband = identity(c)
    clinic(c, husband)
    ward(c)
    return c


def identity(c):
    c.narrative()
    c.patient["photo"] = [{"contentType": "image/png", "data": PIXEL, "title": f"{c.name}.png"}]
    c.patient["telecom"].append({"system": "email", "value": "lin.xiaowen@example.com", "use": "home"})
    c.patient["maritalStatus"] = {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "M", "display": "已婚"}]
    }
    c.patient["_birthDate"] = {"extension": [{"url": HL7 + "patient-birthTime", "valueDateTime": at(c.birth, "06:12")}]}
    c.patient["communication"] = [
        {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "zh-CN"}]}, "preferred": True}
    ]
    c.extension(
        HL7 + "patient-birthPlace",
        valueAddress={"text": "云汀省临澜市汀南区鹭屿巷", "city": "临澜市", "state": "云汀省"},
    )
    c.extension(HL7 + "patient-mothersMaidenName", valueString="许慧如")
    c.extension(
        ETHNICITY,
        valueCodeableConcept={"coding": [{"system": "urn:zhimi:sample:gbt3304", "code": "01"}], "text": "汉族"},
    )
    c.extension(OCCUPATION, valueString="小学教师")
    c.patient["generalPractitioner"] = [{"reference": practitioner("chen.jing"), "display": name_of("chen.jing")}]
    husband = c.contact("HUSB", "丈夫", "周子昂", "male")
    c.related("HUSB", "丈夫", "周子昂", "male")
    c.coverage()
    return husband


def clinic(c, husband):
    """The antenatal check: still open, since its results are not all in."""
    c.encounter(
        "AMB",
        "in-progress",
        "dept-obs",
        "chen.jing",
        DAY,
        reason="孕38+3周产前检查",
        admitter="zhao.lihua",
        team=["sun.yan"],
    )
    c.appointment(
        "arrived",
        at(DAY, "08:30"),
        at(DAY, "08:45"),
        "chen.jing",
        "产04-017",
        ["Location/loc-obs-waiting", "Location/loc-obs-clinic-4", practitioner("zhao.lihua")],
        f"丈夫周子昂陪同，电话{husband}；请勿联系娘家",
    )
    # Booked through the partner's app; it runs on, so that the partner's tie does not lapse with the calendar.
    c.appointment(
        "booked",
        at(DAY, "08:30"),
        at(STANDING_UNTIL, "17:00"),
        "chen.jing",
        others=["Device/app-lanxin-booking"],
        description="产检与产后随访系列预约（澜信预约，长期有效）",
    )
    c.condition(
        "Z34.8", "正常妊娠监督（孕38+3周，G2P1）", DAY, f"患者{c.name}诉近一周偶有不规则宫缩，胎动正常。", "chen.jing"
    )
    c.condition("O99.0", "妊娠合并轻度贫血", DAY, doctor="chen.jing")
    c.condition("O98.8", "妊娠合并B族链球菌定植", DAY, doctor="chen.jing")
    c.add(
        {
            "resourceType": "FamilyMemberHistory",
            "id": c.new_id("fmh"),
            "status": "completed",
            "patient": c.ref,
            "name": "许慧如",
            "relationship": {
                "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH"}],
                "text": "母亲",
            },
            "condition": [{"code": {"text": "2型糖尿病"}}],
        }
    )
    c.allergy(ATC, "J01CE01", "青霉素", "全身皮疹、喉头水肿")
    c.blood_pressure(DAY, 118, 76, "sun.yan")
    c.observation("11884-4", "孕周", DAY, text="38+3周", by="chen.jing", category="vital-signs")
    c.observation("11778-8", "预产期", DAY, text=day(LAST_PERIOD, 280), by="chen.jing", category="vital-signs")
    c.observation("29463-7", "体重", DAY, 67.4, "kg", by="sun.yan", category="vital-signs")
    ultrasound(c)
    labs(c)
    prescriptions(c)
    c.note(
        "产前检查记录",
        f"患者{c.name}，孕38+3周，G2P1，宫高33cm，腹围98cm，胎心142次/分，头位已入盆。血红蛋白102g/L。"
        f"GBS阳性，青霉素过敏，临产后予克林霉素。家属周子昂（电话{husband}）已告知。嘱入产科三病区待产。",
        DAY,
        "chen.jing",
    )
    c.questionnaire(
        "爱丁堡产后抑郁量表（EPDS）",
        [
            ("我能看到事物有趣的一面，并笑得开心", {"valueInteger": 0}),
            ("我感到害怕和惊慌", {"valueInteger": 2}),
            ("还有什么想告诉我们的？", {"valueString": f"我叫{c.name}，请不要告诉单位我怀孕了。"}),
            ("总分", {"valueInteger": 7}),
        ],
        DAY,
    )


def ultrasound(c):
    order = c.order(
        SNOMED,
        "268445003",
        "产科超声检查",
        DAY,
        "chen.jing",
        "he.jun",
        reason="孕38+3周，估计胎儿大小与羊水",
        note=f"{c.name}，青霉素过敏；请于上午完成。",
    )
    order["patientInstruction"] = "无需憋尿"
    study = c.imaging("US", "晚孕期产科超声", DAY, order)
    weight = c.observation("11727-5", "估计胎儿体重", DAY, 3180, "g", by="he.jun", category="imaging")
    fluid = c.observation(
        "11627-7", "羊水指数", DAY, 11.2, "cm", by="he.jun", category="imaging", note=f"{c.name}检查配合，图像清晰。"
    )
    heart = c.observation("55283-6", "胎心率", DAY, 142, "/min", by="he.jun", category="imaging")
    report = c.report(
        "11525-3",
        "产科超声报告",
        DAY,
        "he.jun",
        [weight, fluid, heart],
        "宫内单活胎，头位，晚孕，胎盘前壁II级，羊水量正常。",
        order,
        study,
    )
    report["presentedForm"] = [
        {
            "contentType": "text/plain; charset=utf-8",
            "title": f"{c.name}_超声报告.txt",
            "data": base64_text(f"超声报告\n姓名：{c.name}  年龄：30岁\n单活胎，头位，估计胎儿体重3180g。"),
        }
    ]


def labs(c):
    blood = c.order(LOINC, "58410-2", "血常规", DAY, "chen.jing", "xu.na")
    results = [
        c.observation("718-7", "血红蛋白", DAY, 102, "g/L", by="xu.na"),
        c.observation("6690-2", "白细胞计数", DAY, 9.1, "10*9/L", by="xu.na"),
        c.observation("777-3", "血小板计数", DAY, 188, "10*9/L", by="xu.na"),
    ]
    report = c.report("58410-2", "血常规报告", DAY, "xu.na", results, "轻度贫血。", blood)
    report["contained"] = [
        {
            "resourceType": "Specimen",
            "id": "blood",
            "type": {"text": "静脉血"},
            "subject": c.ref,
            "note": [{"text": f"采血管标签：{c.name} {c.mrn}"}],
        }
    ]
    report["specimen"] = [{"reference": "#blood"}]
    c.order(LOINC, "586-8", "B族链球菌培养", DAY, "chen.jing", "xu.na")
    c.observation("7918-6", "HIV抗体（产前筛查）", DAY, text="阴性", by="xu.na")


def prescriptions(c):
    c.medicine("B03BB01", "叶酸片 0.4mg", DAY, "chen.jing", "每日1次，每次0.4mg，口服")
    c.medicine("B03AA07", "硫酸亚铁片 0.3g", DAY, "chen.jing", "每日2次，每次0.3g，餐后口服", contained=True)
    c.medicine(
        "J01FF01",
        "克林霉素磷酸酯注射液",
        DAY,
        "chen.jing",
        "临产后900mg静脉滴注，每8小时1次",
        note=f"{c.name}青霉素过敏，改用克林霉素。",
    )


def ward(c):
    """The admission: no end, so its ties hold until she is discharged."""
    c.encounter(
        "IMP", "in-progress", "dept-obs", "chen.jing", DAY, ward="ward-3", team=["liu.fang", "huang.min"], reason="待产"
    )
    c.care_team(["chen.jing", "liu.fang", "huang.min"], DAY)
    c.observation("55283-6", "胎心率（胎心监护）", DAY, 145, "/min", by="liu.fang", category="vital-signs")
    c.observation("8310-5", "体温", DAY, 36.6, "Cel", by="huang.min", category="vital-signs")
    c.add(
        {
            "resourceType": "CarePlan",
            "id": c.new_id("plan"),
            "status": "active",
            "intent": "plan",
            "title": "分娩计划",
            "subject": c.ref,
            "encounter": c.here,
            "period": {"start": DAY},
            "description": f"{c.name}希望自然分娩，丈夫周子昂陪产，希望产后母婴同室。",
        }
    )
    c.note(
        "护理入院评估",
        f"患者{c.name}步行入院，神志清，胎膜未破。床号3病区12床。陪护：丈夫周子昂。",
        DAY,
        "huang.min",
        ("34746-8", "护理记录"),
    )
    c.consent("同意参加孕妇课堂；不同意向第三方提供联系方式", DAY, permit=False)
    c.claim(DAY, "产前检查与产科超声", 386.5, c.resources[[r["resourceType"] for r in c.resources].index("Condition")])
