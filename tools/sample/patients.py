"""The other patients: every label of the vocabulary, in-patients, children with guardians, and ordinary people."""

from chart import Chart
from codes import ATC, ETHNICITY, HL7, LOINC, OCCUPATION, SNOMED, at, concept
from hospital import STAFF, practitioner
from people import day

TODAY = "2025-04-14"


def antenatal(c, doctor="chen.jing", week="32+1", ticket="产04-021"):
    c.encounter("AMB", "in-progress", "dept-obs", doctor, TODAY, reason=f"孕{week}周产前检查", admitter="zhao.lihua")
    c.appointment(
        "arrived",
        at(TODAY, "09:10"),
        at(TODAY, "09:25"),
        doctor,
        ticket,
        ["Location/loc-obs-waiting", practitioner("zhao.lihua")],
    )
    c.condition("Z34.0", f"首次正常妊娠监督（孕{week}周）", TODAY, doctor=doctor)
    c.blood_pressure(TODAY, 112, 70, "sun.yan")
    c.order(SNOMED, "268445003", "产科超声检查", TODAY, doctor, "he.jun")
    c.note("产前检查记录", f"{c.name}，孕{week}周，胎动好，无腹痛及阴道流血。", TODAY, doctor)


def postpartum(c, doctor="wu.tao"):
    c.encounter(
        "IMP", "in-progress", "dept-obs", doctor, day(TODAY, -2), ward="ward-3", team=["huang.min"], reason="剖宫产术后"
    )
    c.condition("O82.0", "选择性剖宫产分娩", day(TODAY, -2), doctor=doctor)
    c.procedure("74.1", "子宫下段剖宫产术", day(TODAY, -1), doctor)
    c.medicine("N02BE01", "对乙酰氨基酚片", day(TODAY, -1), doctor, "疼痛时0.5g口服")
    c.care_team([doctor, "huang.min", "liu.fang", "shi.lei"], day(TODAY, -2))
    c.note(
        "手术记录",
        f"患者{c.name}在腰硬联合麻醉下行子宫下段剖宫产术，娩一女婴，3250g，Apgar 10-10-10。",
        day(TODAY, -1),
        doctor,
    )


def newborn(c, mother="p-0012"):
    c.patient["multipleBirthInteger"] = 1
    c.patient["link"] = [{"other": {"reference": f"Patient/{mother}"}, "type": "seealso"}]
    c.encounter(
        "IMP",
        "in-progress",
        "dept-ped",
        "han.mei",
        day(TODAY, -1),
        ward="ward-3",
        team=["huang.min"],
        reason="足月新生儿",
    )
    c.condition("P59.9", "新生儿黄疸", TODAY, doctor="han.mei")
    c.observation("8339-4", "出生体重", day(TODAY, -1), 3250, "g", by="huang.min", category="vital-signs")
    c.immunization("08", "乙型肝炎疫苗（儿童）", TODAY)


def termination(c, doctor="wu.tao"):
    c.encounter("AMB", "finished", "dept-obs", doctor, day(TODAY, -20), day(TODAY, -20))
    c.condition("O04.9", "医疗性流产", day(TODAY, -20), doctor=doctor)
    c.procedure("69.51", "人工流产负压吸引术", day(TODAY, -20), doctor)
    c.note(
        "门诊手术记录", f"{c.name}要求保密，复诊勿电话联系。", day(TODAY, -20), doctor, security=("SEX", "性与生殖健康")
    )


def infertility(c, doctor="chen.jing"):
    c.encounter("AMB", "finished", "dept-obs", doctor, day(TODAY, -40), day(TODAY, -40))
    c.condition("N97.1", "输卵管源性女性不孕", day(TODAY, -40), doctor=doctor)
    c.medicine("G03GB02", "枸橼酸氯米芬片", day(TODAY, -40), doctor, "每日50mg，共5日", status="completed")


def hiv(c, copies=49):
    c.encounter("AMB", "in-progress", "dept-inf", "guo.qiang", day(TODAY, -3))
    c.condition("B24", "未特指的人类免疫缺陷病毒病", day(TODAY, -3), doctor="guo.qiang")
    c.observation("20447-9", "HIV-1 RNA载量", day(TODAY, -3), copies, "{copies}/mL", by="xu.na")
    c.observation("24467-3", "CD4计数", day(TODAY, -3), 512, "10*6/L", by="xu.na")
    c.medicine("J05AR27", "拉米夫定/替诺福韦/多替拉韦片", day(TODAY, -3), "guo.qiang", "每日1片")
    c.note(
        "随访记录",
        f"{c.name}规律服药，依从性好；配偶未告知，嘱保密。",
        day(TODAY, -3),
        "guo.qiang",
        security=("HIV", "艾滋病信息"),
    )


def syphilis(c):
    c.encounter("AMB", "finished", "dept-inf", "guo.qiang", day(TODAY, -15), day(TODAY, -15))
    c.condition("A51.3", "二期皮肤梅毒", day(TODAY, -15), doctor="guo.qiang")
    c.observation("20507-0", "梅毒快速血浆反应素试验（RPR）", day(TODAY, -15), text="1:32", by="xu.na")
    c.medicine(
        "J01CE08", "苄星青霉素注射液", day(TODAY, -15), "guo.qiang", "240万单位，肌内注射，每周1次", status="completed"
    )


def tuberculosis(c):
    c.encounter("AMB", "in-progress", "dept-inf", "guo.qiang", day(TODAY, -30))
    c.condition("A15.0", "肺结核，经显微镜检查证实", day(TODAY, -30), doctor="guo.qiang")
    c.medicine("J04AC01", "异烟肼片", day(TODAY, -30), "guo.qiang", "每日0.3g，顿服")
    c.procedure("33.22", "纤维支气管镜检查", day(TODAY, -28), "guo.qiang")


def depression(c):
    c.encounter("AMB", "in-progress", "dept-psy", "tang.xin", day(TODAY, -6))
    c.condition("F32.1", "中度抑郁发作", day(TODAY, -6), doctor="tang.xin")
    c.observation("44261-6", "PHQ-9总分", day(TODAY, -6), 16, "{score}", by="tang.xin", category="survey")
    c.medicine("N06AB06", "盐酸舍曲林片", day(TODAY, -6), "tang.xin", "每日50mg，早餐后")
    c.note(
        "心理科门诊记录",
        f"{c.name}情绪低落两月余，否认自伤；单位同事不知情，来电请勿说明科室。",
        day(TODAY, -6),
        "tang.xin",
        security=("PSY", "精神障碍信息"),
    )
    c.questionnaire(
        "PHQ-9",
        [("做事提不起劲", {"valueInteger": 3}), ("补充说明", {"valueString": f"{c.name}：睡不着"})],
        day(TODAY, -6),
    )


def schizophrenia(c):
    c.encounter("AMB", "finished", "dept-psy", "tang.xin", day(TODAY, -60), day(TODAY, -60))
    c.condition("F20.0", "偏执型精神分裂症", day(TODAY, -60), doctor="tang.xin")
    c.medicine("N05AX08", "利培酮片", day(TODAY, -60), "tang.xin", "每日2次，每次1mg")


def alcohol(c):
    c.encounter("AMB", "in-progress", "dept-psy", "tang.xin", day(TODAY, -9))
    c.condition("F10.2", "酒精依赖综合征", day(TODAY, -9), doctor="tang.xin")
    c.medicine("N07BB01", "双硫仑片", day(TODAY, -9), "tang.xin", "每日0.25g")


def genetic(c):
    c.encounter("AMB", "finished", "dept-onc", "feng.bo", day(TODAY, -50), day(TODAY, -50))
    c.condition("Z80.3", "乳腺恶性肿瘤家族史", day(TODAY, -50), doctor="feng.bo")
    c.observation("21636-6", "BRCA1基因突变分析", day(TODAY, -50), text="检出致病性变异", by="xu.na")
    c.security("GDIS", "遗传病信息", resource=c.last("Observation"))


def breast_cancer(c):
    c.encounter("IMP", "in-progress", "dept-onc", "feng.bo", day(TODAY, -5), reason="第三周期化疗")
    c.condition("C50.4", "乳房上外象限恶性肿瘤", day(TODAY, -5), doctor="feng.bo")
    c.medicine("L01DB03", "表柔比星注射液", day(TODAY, -5), "feng.bo", "90mg/m²，静脉输注，第1日")
    c.observation("2039-6", "癌胚抗原", day(TODAY, -4), 6.8, "ng/mL", by="xu.na")
    c.note("病程记录", f"{c.name}化疗第三周期，轻度恶心。", day(TODAY, -4), "feng.bo")


def lung_cancer(c):
    c.patient["deceasedDateTime"] = day(TODAY, -100)
    c.encounter("IMP", "finished", "dept-onc", "feng.bo", day(TODAY, -130), day(TODAY, -100), reason="姑息治疗")
    c.condition("C34.1", "上叶，支气管或肺恶性肿瘤", day(TODAY, -130), doctor="feng.bo")
    c.note("死亡记录", f"患者{c.name}因呼吸循环衰竭抢救无效死亡，家属已签字。", day(TODAY, -100), "feng.bo")


def cosmetic(c, code="21.87", name="隆鼻术"):
    c.encounter("AMB", "finished", "dept-cos", "deng.yu", day(TODAY, -12), day(TODAY, -12))
    c.condition("Z41.1", "为不可接受的外貌进行整形手术", day(TODAY, -12), doctor="deng.yu")
    c.procedure(code, name, day(TODAY, -12), "deng.yu", f"{c.name}要求术前术后照片不得外传。")


def cardiac(c, doctor="ma.xiao"):
    c.encounter(
        "IMP", "in-progress", "dept-card", doctor, day(TODAY, -4), ward="ward-5", team=["zhou.qin"], reason="胸痛待查"
    )
    c.condition("I21.0", "前壁急性透壁性心肌梗死", day(TODAY, -4), doctor=doctor)
    c.observation("10839-9", "肌钙蛋白I", day(TODAY, -4), 2.31, "ng/mL", by="xu.na")
    c.procedure("36.07", "药物洗脱冠状动脉支架置入术", day(TODAY, -3), doctor)
    c.medicine("B01AC06", "阿司匹林肠溶片", day(TODAY, -3), doctor, "每日100mg")
    c.medicine("C10AA05", "阿托伐他汀钙片", day(TODAY, -3), doctor, "每晚20mg", contained=True)
    c.care_team([doctor, "zhou.qin"], day(TODAY, -4))
    c.note("首次病程记录", f"患者{c.name}，突发胸痛3小时入院，BP 138/86mmHg，心率96次/分。", day(TODAY, -4), doctor)


def heart_failure(c):
    c.encounter(
        "IMP",
        "in-progress",
        "dept-card",
        "ma.xiao",
        day(TODAY, -8),
        ward="ward-5",
        team=["zhou.qin"],
        reason="活动后气促",
    )
    c.condition("I50.0", "充血性心力衰竭", day(TODAY, -8), doctor="ma.xiao")
    c.blood_pressure(TODAY, 128, 74, "zhou.qin")
    c.allergy(ATC, "C09AA02", "依那普利", "血管性水肿")
    c.medicine("C03CA01", "呋塞米片", day(TODAY, -8), "ma.xiao", "每日20mg")
    c.order(SNOMED, "107724000", "转院至康复医院", TODAY, "ma.xiao", "peng.fei")


def emergency(c, code="S72.0", name="股骨颈骨折"):
    c.encounter("EMER", "in-progress", "dept-er", "gao.feng", TODAY, ward="loc-er", reason=name, consulted="cao.lei")
    c.condition(code, name, TODAY, doctor="gao.feng")
    c.blood_pressure(TODAY, 102, 64, "gao.feng")
    c.order(LOINC, "58410-2", "急查血常规", TODAY, "gao.feng", "xu.na")
    c.note("急诊抢救记录", f"{c.name}由120送入，神志清，陪同人员已联系。", TODAY, "gao.feng")


def assault(c):
    emergency(c, "T74.1", "身体虐待")
    c.security("SDV", "家庭暴力信息", resource=c.last("DocumentReference"))


def transplant(c):
    c.encounter("AMB", "in-progress", "dept-int", "xiao.rong", day(TODAY, -2))
    c.condition("Z94.0", "肾移植状态", day(TODAY, -2), doctor="xiao.rong")
    c.medicine("L04AD02", "他克莫司胶囊", day(TODAY, -2), "xiao.rong", "每日2次，每次2mg")


def child(c, code="J20.9", name="急性支气管炎"):
    c.encounter("AMB", "in-progress", "dept-ped", "han.mei", TODAY, reason=name)
    c.condition(code, name, TODAY, doctor="han.mei")
    c.observation("8310-5", "体温", TODAY, 38.4, "Cel", by="han.mei", category="vital-signs")
    c.immunization("03", "麻腮风联合减毒活疫苗", day(TODAY, -400))
    c.medicine("J01CA04", "阿莫西林颗粒", TODAY, "han.mei", "每日3次，每次0.125g")


def chronic(c, code="I10", name="特发性（原发性）高血压", drug=("C08CA05", "硝苯地平控释片")):
    c.encounter("AMB", "finished", "dept-int", "xiao.rong", day(TODAY, -7), day(TODAY, -7))
    c.condition(code, name, day(TODAY, -7), f"{c.name}血压控制可，续方一月。", "xiao.rong")
    c.blood_pressure(day(TODAY, -7), 136, 82, "xiao.rong")
    c.medicine(*drug, day(TODAY, -7), "xiao.rong", "每日1次，口服")
    c.claim(day(TODAY, -7), "门诊慢病续方", 128.0)


def diabetes(c):
    chronic(c, "E11.9", "2型糖尿病", ("A10BA02", "二甲双胍片"))
    c.observation("4548-4", "糖化血红蛋白", day(TODAY, -7), 7.2, "%", by="xu.na")


def booked(c):
    c.encounter("AMB", "planned", "dept-int", "xiao.rong", TODAY)
    c.appointment(
        "booked",
        at(TODAY, "14:30"),
        at(TODAY, "14:45"),
        "xiao.rong",
        f"全科-{c.number:03d}",
        ["Device/app-lanxin-booking"],
    )


def guardian(c, name, relation="母亲", code="MTH", gender="female"):
    c.contact(code, relation, name, gender)
    c.related(code, relation, name, gender)


def vip(c):
    cardiac(c)
    c.security("CEL", "知名人士信息")
    c.security("R", "受限", resource=c.last("DocumentReference"))
    c.patient["meta"]["security"].append(
        {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V", "display": "极度受限"}
    )


def employee(c):
    chronic(c, "K29.5", "慢性胃炎", ("A02BC01", "奥美拉唑肠溶胶囊"))
    c.security("EMP", "职工信息")


def ethnic(c, code, name):
    c.extension(
        ETHNICITY, valueCodeableConcept={"coding": [{"system": "urn:zhimi:sample:gbt3304", "code": code}], "text": name}
    )


def routine(c):
    """What nearly every visit has: vital signs and, for every other patient, a blood count."""
    visit = c.last("Encounter")
    date, doctor = visit["period"]["start"][:10], DOCTORS[visit["participant"][0]["individual"]["reference"]]
    c.observation("8867-4", "心率", date, 64 + c.number % 30, "/min", category="vital-signs")
    c.observation("8310-5", "体温", date, round(36.2 + c.number % 7 / 10, 1), "Cel", category="vital-signs")
    if c.number % 2:
        return
    order = c.order(LOINC, "58410-2", "血常规", date, doctor, "xu.na", status="completed")
    low = c.number % 4 == 0
    results = [
        c.observation(
            "718-7",
            "血红蛋白",
            date,
            98 if low else 131,
            "g/L",
            by="xu.na",
            note=f"{c.name}标本轻度溶血，结果供参考。" if low else None,
        ),
        c.observation("6690-2", "白细胞计数", date, 4.1 + c.number % 9, "10*9/L", by="xu.na"),
    ]
    c.report("58410-2", "血常规报告", date, "xu.na", results, "轻度贫血。" if low else "未见明显异常。", order)
    c.claim(date, "血常规", 20.0)


DOCTORS = {practitioner(s[0]): s[0] for s in STAFF}

# number, name, gender, birth date, letters of the surname, what happens
# fmt: off
TABLE = [
    (3, "许若汐", "female", "1997-02-11", 1, lambda c: antenatal(c)),
    (5, "方语桐", "female", "1990-11-30", 1, lambda c: antenatal(c, "wu.tao", "24+5", "产04-025")),
    (9, "欧阳诗雨", "female", "1992-06-08", 2, lambda c: antenatal(c, "wu.tao", "12+0", "产04-031")),
    (12, "袁梓萱", "female", "1993-01-22", 1, postpartum),
    (13, "袁梓萱之女", "female", "2025-04-13", 1, newborn),
    (16, "宋佳琪", "female", "2001-09-17", 1, termination),
    (18, "曾静怡", "female", "1988-05-05", 1, infertility),
    (21, "罗天翊", "male", "1991-03-28", 1, hiv),
    (22, "谢雨桐", "female", "1986-12-09", 1, lambda c: hiv(c, 20)),
    (24, "梁浩轩", "male", "1995-07-14", 1, syphilis),
    (25, "马依古丽·艾山", "female", "1979-10-02", 2, tuberculosis),
    (27, "杜思远", "male", "1989-04-25", 1, depression),
    (28, "贾雪莹", "female", "1983-08-31", 1, schizophrenia),
    (30, "侯建业", "male", "1975-01-19", 1, alcohol),
    (31, "魏欣怡", "female", "1984-02-27", 1, genetic),
    (33, "白秀兰", "female", "1966-06-16", 1, breast_cancer),
    (34, "阎国栋", "male", "1951-11-11", 1, lung_cancer),
    (36, "苏雅婷", "female", "1996-03-03", 1, cosmetic),
    (37, "吕安琪", "female", "1999-12-24", 1, lambda c: cosmetic(c, "08.87", "上睑成形术（重睑）")),
    (39, "熊志强", "male", "1958-07-07", 1, cardiac),
    (40, "上官文博", "male", "1962-09-09", 2, heart_failure),
    (42, "孟庆丰", "male", "1949-05-20", 1, heart_failure),
    (43, "康世杰", "male", "1970-10-10", 1, vip),
    (45, "田玉梅", "female", "1944-02-14", 1, emergency),
    (46, "毛子轩", "male", "2003-08-08", 1, lambda c: emergency(c, "S06.0", "脑震荡")),
    (48, "常丽芳", "female", "1987-11-25", 1, assault),
    (49, "贺明辉", "male", "1969-01-31", 1, transplant),
    (51, "龚梓涵", "female", "2018-06-01", 1, child),
    (52, "文浩宇", "male", "2016-04-17", 1, lambda c: child(c, "J45.9", "支气管哮喘")),
    (54, "洪雨欣", "female", "2020-09-29", 1, lambda c: child(c, "Q21.0", "室间隔缺损")),
    (55, "顾红霞", "female", "1972-03-15", 1, employee),
    (57, "邵玉珍", "female", "1955-12-12", 1, chronic),
    (58, "龙振华", "male", "1960-08-18", 1, chronic),
    (60, "万海燕", "female", "1977-06-26", 1, diabetes),
    (61, "段家豪", "male", "1981-10-21", 1, diabetes),
    (63, "汤桂英", "female", "1938-02-02", 1, chronic),
    (64, "黎晨阳", "male", "1998-05-13", 1, booked),
    (66, "易馨羽", "female", "2000-07-30", 1, booked),
    (67, "奥尔加·彼得罗娃", "female", "1990-04-04", 3, diabetes),
]
# fmt: on
GUARDIANS = {
    13: ("袁梓萱", "母亲", "MTH", "female"),
    51: ("龚俊杰", "父亲", "FTH", "male"),
    52: ("叶晓岚", "母亲", "MTH", "female"),
    54: ("洪建国", "监护人（祖父）", "GUARD", "male"),
}
RELATIVES = {25: "艾山江·买买提", 45: "田志远", 57: "邵文斌", 63: "汤立新", 39: "熊晓敏"}
OCCUPATIONS = ["工程师", "会计", "出租车司机", "教师", "退休"]
PINYIN = {67: "Olga Petrova", 43: "Kang Shijie"}


def patients(people):
    charts = []
    for number, name, gender, birth, surname, story in TABLE:
        c = Chart(people, number, name, gender, birth, surname, PINYIN.get(number, ""))
        if number in GUARDIANS:
            guardian(c, *GUARDIANS[number])
        if number in RELATIVES:
            c.contact("NOK", "近亲属", RELATIVES[number])
        if number % 3 == 0:
            c.narrative()
        if number % 5 == 0:
            c.extension(OCCUPATION, valueString=OCCUPATIONS[number // 5 % len(OCCUPATIONS)])
        if number % 4 == 0:
            c.patient["telecom"].append({"system": "email", "value": f"patient{c.mrn[-4:]}@example.com"})
        c.coverage(*(["org-lanbo", "商业健康保险"] if number % 6 == 0 else []))
        story(c)
        if c.last("Encounter")["status"] != "planned":
            routine(c)
        charts.append(c)
    extras = {c.number: c for c in charts}
    ethnic(extras[25], "05", "维吾尔族")
    extras[67].extension(
        HL7 + "patient-nationality",
        extension=[{"url": "code", "valueCodeableConcept": concept("urn:iso:std:iso:3166", "RU", "俄罗斯")}],
    )
    extras[9].patient["name"][0]["_family"] = {
        "extension": [{"url": HL7 + "humanname-own-name", "valueString": "欧阳"}]
    }
    extras[18].patient["name"][0]["extension"] = [{"url": HL7 + "iso21090-EN-representation", "valueCode": "IDE"}]
    extras[39].patient["_birthDate"] = {
        "extension": [{"url": HL7 + "patient-birthTime", "valueDateTime": "1958-07-07T03:40:00+08:00"}]
    }
    return charts
