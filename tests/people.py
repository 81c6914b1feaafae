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

STAFF = (LIN_ZHIYAO, HE_YUNQING, ZHOU_HE, SU_MINGDE, XU_LAN, FANG_SHEN, GUAN_LI, QIAN_PEI, SHI_PING)
