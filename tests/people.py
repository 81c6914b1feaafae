"""The named cast: the same invented people and firms in every test. None of them exists.

Identity numbers have a right check character and a district that has no people in it (999999).
"""

from dataclasses import dataclass

from portal.common.roles import Role


@dataclass(frozen=True)
class Staff:
    """Someone who works with the portal."""

    name: str
    email: str
    role: Role
    password: str = "long-enough-for-a-test-1"


LIN_ZHIYAO = Staff("林知遥", "lin.zhiyao@example.com", Role.REVIEWER)
HE_YUNQING = Staff("何允清", "he.yunqing@example.com", Role.REVIEWER)
ZHOU_HE = Staff("周禾", "zhou.he@example.com", Role.SPONSOR_FINANCE)
SU_MINGDE = Staff("苏明德", "su.mingde@example.com", Role.SPONSOR_COMMERCE)
XU_LAN = Staff("许岚", "xu.lan@example.com", Role.UNDERWRITER)
FANG_SHEN = Staff("方慎", "fang.shen@example.com", Role.AUDITOR)
GUAN_LI = Staff("关理", "guan.li@example.com", Role.ADMINISTRATOR)
QIAN_PEI = Staff("钱培", "qian.pei@example.com", Role.CLAIMS_OFFICER)
SHI_PING = Staff("石平", "shi.ping@example.com", Role.APPROVER)
JIANG_YAN = Staff("江砚", "jiang.yan@example.com", Role.CLAIMS_OFFICER)
FANG_YUNING = Staff("方屿宁", "fang.yuning@example.com", Role.APPROVER)

STAFF = (
    LIN_ZHIYAO,
    HE_YUNQING,
    ZHOU_HE,
    SU_MINGDE,
    XU_LAN,
    FANG_SHEN,
    GUAN_LI,
    QIAN_PEI,
    SHI_PING,
    JIANG_YAN,
    FANG_YUNING,
)


@dataclass(frozen=True)
class Exporter:
    """Someone who acts for a firm; `position` is operator or representative."""

    name: str
    mobile: str
    email: str
    position: str = "operator"
    password: str = "long-enough-for-a-test-2"


CHEN_HAIXIA = Exporter("陈海霞", "13800000001", "chen.haixia@example.com")
WU_GUOLIANG = Exporter("吴国梁", "13800000002", "wu.guoliang@example.com", "representative")
YE_XIAOTANG = Exporter("叶小棠", "13800000003", "ye.xiaotang@example.com")
ZHENG_BOYUAN = Exporter("郑伯远", "13800000004", "zheng.boyuan@example.com", "representative")
OUYANG_MU = Exporter("欧阳牧", "13800000005", "ouyang.mu@example.com")
HONG_YAN = Exporter("洪䶮", "13800000006", "hong.yan@example.com")  # a rare character in the name

EXPORTERS = (CHEN_HAIXIA, WU_GUOLIANG, YE_XIAOTANG, ZHENG_BOYUAN, OUYANG_MU, HONG_YAN)
