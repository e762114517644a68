"""The imaginary hospital: departments, places, staff, partners. One table makes hospital.toml and the FHIR resources of the staff."""

NAME_EN, NAME_ZH = "Linlan First People's Hospital", "临澜市第一人民医院"

# fmt: off
DEPARTMENTS = [  # id, English, Chinese
    ("dept-reg", "Registration and Billing", "挂号收费处"),
    ("dept-obs", "Obstetrics", "产科"),
    ("dept-us", "Ultrasound", "超声科"),
    ("dept-lab", "Laboratory", "检验科"),
    ("dept-pharm", "Pharmacy", "药剂科"),
    ("dept-er", "Emergency", "急诊科"),
    ("dept-card", "Cardiology", "心内科"),
    ("dept-psy", "Psychological Medicine", "心理科"),
    ("dept-inf", "Infectious Diseases", "感染科"),
    ("dept-cos", "Plastic and Aesthetic Surgery", "整形美容科"),
    ("dept-onc", "Oncology", "肿瘤科"),
    ("dept-ped", "Pediatrics", "儿科"),
    ("dept-int", "General Medicine", "全科"),
    ("dept-transfer", "Transfer Centre", "转诊中心"),
    ("dept-records", "Medical Records", "病案科"),
    ("dept-qc", "Quality and Infection Control", "质控院感科"),
    ("dept-insurance", "Insurance Office", "医保办"),
    ("dept-nursing", "Nursing Office", "护理部"),
    ("dept-research", "Research Office", "科研处"),
    ("dept-it", "Information", "信息科"),
]

TERMINALS = [  # id, kind, department, steps
    ("reg-window-1", "workstation", "dept-reg", ["registration"]),
    ("reg-window-2", "workstation", "dept-reg", ["registration", "billing"]),
    ("guide-desk", "workstation", "dept-reg", ["registration", "queue"]),
    ("kiosk-lobby", "public", "dept-reg", ["registration", "consultation", "billing"]),
    ("screen-obs", "public", "dept-obs", ["queue"]),
    ("us-room-2", "workstation", "dept-us", ["examination"]),
    ("lab-bench-1", "workstation", "dept-lab", ["examination"]),
    ("obs-clinic-4", "workstation", "dept-obs", ["registration", "queue", "examination", "prescribing", "transfer", "consultation"]),
    ("ward-3-station", "workstation", "dept-obs", ["examination", "prescribing", "inpatient", "transfer", "consultation"]),
    ("ward-3-tablet", "mobile", "dept-obs", ["inpatient"]),
    ("ward-5-station", "workstation", "dept-card", ["examination", "prescribing", "inpatient", "transfer", "consultation"]),
    ("clinic-2", "workstation", "", ["examination", "prescribing", "inpatient", "transfer", "consultation"]),
    ("pharmacy-counter-1", "workstation", "dept-pharm", ["dispensing", "inpatient", "secondary-use"]),
    ("er-desk", "workstation", "dept-er", []),
    ("transfer-desk", "workstation", "dept-transfer", ["transfer"]),
    ("records-desk", "workstation", "dept-records", ["custody", "consultation", "secondary-use"]),
    ("office-desk", "workstation", "", ["custody", "consultation", "secondary-use", "billing"]),
    ("research-room", "workstation", "dept-research", ["secondary-use"]),
    ("it-office", "workstation", "dept-it", ["custody"]),
    ("vendor-vpn", "remote", "dept-it", ["custody", "secondary-use"]),
    ("partner-gateway", "service", "", []),
]

# account, Latin name, Chinese name, gender, roles, department, terminals, steps, job title
STAFF = [
    ("zhao.lihua", "Zhao Lihua", "赵丽华", "female", ["registration-clerk"], "dept-reg", ["reg-window-1"], [], "挂号员"),
    ("qian.wei", "Qian Wei", "钱伟", "male", ["billing-clerk"], "dept-reg", ["reg-window-2"], [], "收费员"),
    ("wei.na", "Wei Na", "韦娜", "female", ["volunteer"], "dept-reg", ["guide-desk"], [], "导诊志愿者"),
    ("sun.yan", "Sun Yan", "孙燕", "female", ["triage-nurse"], "dept-obs", ["obs-clinic-4"], ["registration", "queue"], "分诊护士"),
    ("he.jun", "He Jun", "何军", "male", ["technician"], "dept-us", ["us-room-2"], [], "超声技师"),
    ("xu.na", "Xu Na", "徐娜", "female", ["lab-technician"], "dept-lab", ["lab-bench-1"], [], "检验技师"),
    ("chen.jing", "Chen Jing", "陈静", "female", ["physician"], "dept-obs", ["obs-clinic-4", "ward-3-station"], [], "产科主治医师"),
    ("wu.tao", "Wu Tao", "吴涛", "male", ["physician"], "dept-obs", ["obs-clinic-4", "ward-3-station"], [], "产科医师"),
    ("liu.fang", "Liu Fang", "刘芳", "female", ["midwife"], "dept-obs", ["ward-3-station", "ward-3-tablet"], ["examination", "inpatient", "transfer"], "助产士"),
    ("huang.min", "Huang Min", "黄敏", "female", ["ward-nurse"], "dept-obs", ["ward-3-station", "ward-3-tablet"], ["inpatient", "transfer"], "产科三病区护士"),
    ("yang.hong", "Yang Hong", "杨红", "female", ["head-nurse"], "dept-obs", ["ward-3-station"], ["inpatient", "transfer"], "产科三病区护士长"),
    ("zhou.qin", "Zhou Qin", "周琴", "female", ["ward-nurse"], "dept-card", ["ward-5-station"], ["inpatient", "transfer"], "心内科五病区护士"),
    ("shi.lei", "Shi Lei", "石蕾", "female", ["student"], "dept-obs", ["ward-3-station"], ["inpatient", "consultation"], "实习生"),
    ("zhu.lin", "Zhu Lin", "朱琳", "female", ["pharmacist"], "dept-pharm", ["pharmacy-counter-1"], [], "主管药师"),
    ("gao.feng", "Gao Feng", "高峰", "male", ["emergency-physician"], "dept-er", ["er-desk"], ["examination", "prescribing", "inpatient", "transfer"], "急诊医师"),
    ("ma.xiao", "Ma Xiao", "马骁", "male", ["physician"], "dept-card", ["ward-5-station", "clinic-2"], [], "心内科主任医师"),
    ("cao.lei", "Cao Lei", "曹磊", "male", ["physician", "consultant"], "dept-card", ["clinic-2"], [], "心内科会诊医师"),
    ("tang.xin", "Tang Xin", "唐欣", "female", ["physician"], "dept-psy", ["clinic-2"], [], "精神科医师"),
    ("guo.qiang", "Guo Qiang", "郭强", "male", ["physician"], "dept-inf", ["clinic-2"], [], "感染科医师"),
    ("deng.yu", "Deng Yu", "邓宇", "male", ["physician"], "dept-cos", ["clinic-2"], [], "整形外科医师"),
    ("feng.bo", "Feng Bo", "冯波", "male", ["physician"], "dept-onc", ["clinic-2"], [], "肿瘤科医师"),
    ("han.mei", "Han Mei", "韩梅", "female", ["physician"], "dept-ped", ["clinic-2"], [], "儿科医师"),
    ("xiao.rong", "Xiao Rong", "肖蓉", "female", ["physician"], "dept-int", ["clinic-2"], [], "全科医师"),
    ("peng.fei", "Peng Fei", "彭飞", "male", ["transfer-coordinator"], "dept-transfer", ["transfer-desk"], [], "转运协调员"),
    ("jiang.li", "Jiang Li", "蒋丽", "female", ["archivist"], "dept-records", ["records-desk"], ["custody", "consultation"], "病案管理员"),
    ("shen.yun", "Shen Yun", "沈芸", "female", ["coder"], "dept-records", ["records-desk"], ["custody", "secondary-use"], "编码员"),
    ("lu.yi", "Lu Yi", "陆仪", "female", ["quality-control"], "dept-qc", ["office-desk"], ["consultation", "secondary-use"], "质控员"),
    ("ren.jie", "Ren Jie", "任洁", "female", ["infection-control"], "dept-qc", ["office-desk"], ["consultation", "secondary-use"], "院感专员"),
    ("yao.ping", "Yao Ping", "姚萍", "female", ["insurance-officer"], "dept-insurance", ["office-desk"], ["billing"], "医保专员"),
    ("dai.wen", "Dai Wen", "戴文", "male", ["researcher"], "dept-research", ["research-room"], [], "课题负责人"),
    ("xia.ning", "Xia Ning", "夏宁", "female", ["data-steward"], "dept-research", ["research-room"], [], "数据管理员"),
    ("fan.hao", "Fan Hao", "范浩", "male", ["contractor"], "dept-it", ["vendor-vpn"], [], "信息系统外包工程师"),
    ("fu.gang", "Fu Gang", "傅刚", "male", ["system-administrator"], "dept-it", ["it-office"], [], "系统管理员"),
    ("qiu.jian", "Qiu Jian", "邱健", "male", ["security-administrator"], "dept-it", ["it-office"], [], "安全管理员"),
    ("kong.rui", "Kong Rui", "孔睿", "female", ["audit-administrator"], "dept-qc", ["office-desk"], ["custody"], "审计管理员"),
    ("meng.jie", "Meng Jie", "孟洁", "female", ["privacy-officer"], "dept-qc", ["office-desk"], ["custody", "consultation"], "隐私官"),
]

# account, English, Chinese, roles, department, terminals, steps, references, comment
OTHERS = [
    ("screen.obs", "Obstetrics queue screen", "产科叫号屏", ["queue-screen"], "dept-obs", ["screen-obs"], ["queue"],
     ["Location/loc-obs-waiting"], "The screen in the waiting room of Obstetrics."),
    ("partner:lanxin-booking", "Lanxin booking app", "澜信预约", ["partner-app"], "", ["partner-gateway"], ["registration"],
     ["Organization/org-lanxin", "Device/app-lanxin-booking"], "Books appointments for the hospital."),
    ("partner:xiaolan-mama", "Xiaolan Mama parenting app", "小澜妈妈", ["partner-app"], "", ["partner-gateway"],
     ["registration", "consultation"], ["Organization/org-xiaolan", "Device/app-xiaolan-mama"],
     "Antenatal classes. Its owner also runs a postpartum centre: what it is shown matters."),
    ("partner:lanbo-insurance", "Lanbo commercial insurance", "澜泊保险", ["insurer"], "", ["partner-gateway"], ["billing"],
     ["Organization/org-lanbo"], "Settles claims of its own policyholders."),
]

# id, English, Chinese, account, terminal, step, purpose, reason where the policy asks for one
READERS = [
    ("registration-clerk", "registration clerk", "挂号员", "zhao.lihua", "reg-window-1", "registration", "HOPERAT"),
    ("queue-screen", "queue screen", "叫号屏", "screen.obs", "screen-obs", "queue", "HOPERAT"),
    ("ultrasound-technician", "ultrasound technician", "超声技师", "he.jun", "us-room-2", "examination", "TREAT"),
    ("obstetrician", "obstetrician", "产科医师", "chen.jing", "obs-clinic-4", "prescribing", "TREAT"),
    ("pharmacist", "pharmacist", "药师", "zhu.lin", "pharmacy-counter-1", "dispensing", "TREAT"),
    ("ward-nurse", "ward nurse", "病区护士", "huang.min", "ward-3-station", "inpatient", "TREAT"),
    ("nurse-of-another-ward", "nurse of another ward", "其他病区护士", "zhou.qin", "ward-5-station", "inpatient", "TREAT"),
    ("archivist", "archivist", "病案管理员", "jiang.li", "records-desk", "custody", "HOPERAT", "整理本次住院病案"),
    ("researcher", "researcher", "研究者", "dai.wen", "research-room", "secondary-use", "HRESCH", "孕期贫血队列研究，伦理批件 2026-031"),
    ("contractor", "contractor", "外包人员", "fan.hao", "vendor-vpn", "secondary-use", "HSYSADMIN", "排查接口故障，工单 1182"),
    ("partner-app", "partner app", "合作应用", "partner:lanxin-booking", "partner-gateway", "registration", "HOPERAT"),
    ("patient", "the patient", "患者本人", "Patient/{patient}", "", "consultation", "PATRQT"),
]
# fmt: on
EXPLAINED = "nurse-of-another-ward"


def practitioner(account):
    """The reference of a member of staff: by place in the list, so that it says nothing."""
    return f"Practitioner/d-{[s[0] for s in STAFF].index(account) + 1:03d}"


def name_of(account):
    return next(s[2] for s in STAFF if s[0] == account)


def quoted(words):
    return "[" + ", ".join(f'"{w}"' for w in words) + "]"


def hospital_toml():
    out = [
        "# The sample hospital: imaginary, made by tools/gen_sample. docs/hospital.md explains the file.",
        "# Patients have no accounts here: a patient reads as Patient/ID.",
        "",
        "[hospital]",
        f'name_en = "{NAME_EN}"',
        f'name_zh = "{NAME_ZH}"',
        "",
        "# A department's id is the id of its Organization: Encounter.serviceProvider ties a patient to it.",
    ]
    for id, en, zh in DEPARTMENTS:
        out += ["[[department]]", f'id = "{id}"', f'name_en = "{en}"', f'name_zh = "{zh}"', ""]
    for id, kind, department, steps in TERMINALS:
        out += ["[[terminal]]", f'id = "{id}"', f'kind = "{kind}"']
        out += [f'department = "{department}"'] * bool(department) + [f"steps = {quoted(steps)}"] * bool(steps) + [""]
    rows = [
        (a, en, zh, roles, dept, terms, steps, [practitioner(a)], title)
        for a, en, zh, _, roles, dept, terms, steps, title in STAFF
    ]
    for account, en, zh, roles, department, terminals, steps, references, comment in rows + OTHERS:
        out += [
            f"# {comment}",
            "[[account]]",
            f'id = "{account}"',
            f'name_en = "{en}"',
            f'name_zh = "{zh}"',
            f"roles = {quoted(roles)}",
        ]
        out += [f'department = "{department}"'] * bool(department) + [f"terminals = {quoted(terminals)}"]
        out += [f"steps = {quoted(steps)}"] * bool(steps) + [f"references = {quoted(references)}", ""]
    return "\n".join(out[:-1]) + "\n"


def readers_toml(patient):
    out = [
        "# One record, many readers: whom the demo shows, and as whom each of them asks. Made by tools/gen_sample.",
        f'patient = "{patient}"',
        f'explain = "{EXPLAINED}"',
        "",
    ]
    for id, en, zh, account, terminal, step, purpose, *reason in READERS:
        out += [
            "[[reader]]",
            f'id = "{id}"',
            f'title_en = "{en}"',
            f'title_zh = "{zh}"',
            f'account = "{account.format(patient=patient)}"',
        ]
        out += [f'terminal = "{terminal}"'] * bool(terminal) + [f'step = "{step}"', f'purpose = "{purpose}"']
        out += [f'reason = "{r}"' for r in reason] + [""]
    return "\n".join(out[:-1]) + "\n"


def organization(id, zh, en, part_of=None, kind="dept"):
    r = {
        "resourceType": "Organization",
        "id": id,
        "active": True,
        "type": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/organization-type", "code": kind}]}],
        "name": zh,
        "alias": [en],
    }
    if part_of:
        r["partOf"] = {"reference": f"Organization/{part_of}"}
    return r


def location(id, zh, organization_id, kind):
    return {
        "resourceType": "Location",
        "id": id,
        "status": "active",
        "name": zh,
        "mode": "instance",
        "physicalType": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/location-physical-type", "code": kind}]
        },
        "managingOrganization": {"reference": f"Organization/{organization_id}"},
    }


def staff_resources():
    out = [organization("org-hospital", NAME_ZH, NAME_EN, kind="prov")]
    out += [organization(id, zh, en, "org-hospital") for id, en, zh in DEPARTMENTS]
    out += [
        organization("org-lanxin", "澜信网络科技有限公司", "Lanxin Network", kind="bus"),
        organization("org-xiaolan", "小澜月子中心有限公司", "Xiaolan Postpartum Centre", kind="bus"),
        organization("org-lanbo", "澜泊保险有限公司", "Lanbo Insurance", kind="ins"),
    ]
    out += [
        location("loc-obs-clinic-4", "产科四诊室", "dept-obs", "ro"),
        location("loc-obs-waiting", "产科候诊区", "dept-obs", "area"),
        location("ward-3", "产科三病区", "dept-obs", "wa"),
        location("ward-5", "心内科五病区", "dept-card", "wa"),
        location("loc-us-room-2", "超声二室", "dept-us", "ro"),
        location("loc-er", "急诊抢救室", "dept-er", "area"),
        location("loc-clinic", "门诊二楼", "org-hospital", "lvl"),
    ]
    for id, zh, owner in [
        ("app-lanxin-booking", "澜信预约", "org-lanxin"),
        ("app-xiaolan-mama", "小澜妈妈", "org-xiaolan"),
    ]:
        out.append(
            {
                "resourceType": "Device",
                "id": id,
                "status": "active",
                "deviceName": [{"name": zh, "type": "user-friendly-name"}],
                "owner": {"reference": f"Organization/{owner}"},
            }
        )
    for id, zh, provider in [
        ("hs-antenatal", "产前检查门诊", "dept-obs"),
        ("hs-xiaolan-classes", "小澜妈妈孕妇课堂", "org-xiaolan"),
    ]:
        out.append(
            {
                "resourceType": "HealthcareService",
                "id": id,
                "active": True,
                "name": zh,
                "providedBy": {"reference": f"Organization/{provider}"},
            }
        )
    for i, (_, latin, zh, gender, roles, department, _, _, title) in enumerate(STAFF, 1):
        id = f"d-{i:03d}"
        out.append(
            {
                "resourceType": "Practitioner",
                "id": id,
                "active": True,
                "identifier": [
                    {"use": "official", "system": "urn:zhimi:sample:staff-number", "value": f"LL{9000 + i}"}
                ],
                "name": [
                    {"use": "official", "text": zh, "family": zh[0], "given": [zh[1:]]},
                    {"use": "usual", "text": latin},
                ],
                "gender": gender,
            }
        )
        out.append(
            {
                "resourceType": "PractitionerRole",
                "id": f"r-{i:03d}",
                "active": True,
                "practitioner": {"reference": f"Practitioner/{id}", "display": zh},
                "organization": {"reference": f"Organization/{department}"},
                "code": [
                    {"coding": [{"system": "urn:zhimi:sample:role", "code": role} for role in roles], "text": title}
                ],
            }
        )
    return out
