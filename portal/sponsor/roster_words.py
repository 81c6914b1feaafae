"""The Chinese words of the roster workbook: headings, values and the explanations of its second sheet.

The workbook goes into the files of Chinese public bodies, so its language never follows the reader's:
these words are data of the document, not messages of the portal.
"""

from typing import Literal

DecidedBy = Literal["auto", "person"]
PolicyState = Literal["in_force", "ended", "withdrawn"]

ROSTER_SHEET = "投保名册"
EXPLANATION_SHEET = "说明"

HEADINGS_BEFORE_AMOUNT = ("序号", "企业名称", "统一社会信用代码", "登记地", "基期年度")
HEADINGS_AFTER_AMOUNT = (
    "保单号",
    "承保起期",
    "承保止期",
    "申请日期",
    "决定方式（自动/人工）",
    "收悉日期",
    "状态",
)

# Every currency here has two decimals; the writer's amounts rely on that.
CURRENCY_WORDS = {"USD": "美元", "CNY": "人民币元", "EUR": "欧元"}

STATE_WORDS: dict[PolicyState, str] = {"in_force": "保障中", "ended": "已到期", "withdrawn": "已退保"}
DECIDED_WORDS: dict[DecidedBy, str] = {"auto": "自动", "person": "人工"}

EXPORT_ID_LABEL = "导出编号"
FINGERPRINT_LABEL = "名册指纹"

PROVISIONAL_NOTE = (
    "标有“暂定”的数值没有公开依据，是本门户拟定的参数，运营方确认前按此执行；未标的数值出自已公布的通知。"
)


def amount_heading(currency: str) -> str:
    """The heading of the export value, 基期出口额（美元）; ValueError for a currency without a word."""
    if currency not in CURRENCY_WORDS:
        known = ", ".join(CURRENCY_WORDS)
        raise ValueError(f"The roster has no Chinese word for the currency {currency!r}; it knows {known}.")
    return f"基期出口额（{CURRENCY_WORDS[currency]}）"


def headings(currency: str = "USD") -> tuple[str, ...]:
    """The thirteen headings of the roster, from left to right."""
    return (*HEADINGS_BEFORE_AMOUNT, amount_heading(currency), *HEADINGS_AFTER_AMOUNT)


def column_explanations(currency: str) -> tuple[tuple[str, str, str], ...]:
    """(heading, what it is, where it comes from) for every column, in the order of the columns."""
    meanings = (
        ("本名册内的顺序号，从 1 起连续编号", "导出时编号；与保单号无关，下次导出可能不同"),
        ("被保险人的名称", "企业登记资料；其中没有该企业的，用申请时填报的名称"),
        ("企业的 18 位代码，按文本保存，不参与计算", "申请时填报，与登记资料、海关数据按此代码对应"),
        ("企业登记机关所在地；空白表示登记资料中没有", "企业登记资料"),
        ("用来判断出口额是否超过上限的年度", "申请所属保单年度的统保条款"),
        (
            "企业在基期年度的自营出口额，各关区相加，精确到分；空白表示海关数据中没有该企业，不计入合计",
            "海关出口数据，按统一社会信用代码和年度汇总；企业不能自行填报",
        ),
        ("保单的唯一编号，按文本保存", "签发时编号"),
        ("保障开始的日期，含当日", "保单；不早于签发日"),
        ("保障的最后一日，含当日", "保单；保单年度的最后一日"),
        ("企业提出申请的日期", "参保申请"),
        (
            "自动：各项规则全部由系统判定通过；人工：有事项经复核员核实后通过",
            "参保决定，证据与决定一并存档",
        ),
        ("企业确认已阅读保单的日期；空白表示到截至日企业尚未收悉", "企业的收悉确认"),
        (
            "截至日的保单状态。保障中：尚未到期，也未退保；已到期：承保止期已过；已退保：到期前退出",
            "保单记录，按截至日判断",
        ),
    )
    return tuple(
        (heading, meaning, source) for heading, (meaning, source) in zip(headings(currency), meanings, strict=True)
    )


VERIFICATION_STEPS = (
    "自己加一遍：选中“基期出口额”一栏的全部数据行，状态栏显示的求和应等于合计。合计是数值，不是公式。",
    "合计包括全部保单，不随筛选改变。",
    "交回门户核对：把文件发给门户的运营方，由其用 roster verify 核对。改过的单元格、增删或移动过的行、"
    "多出的列和工作表都会逐项列出；没有改动则提示一致。",
    "核对比较的是单元格的值、类型和数字格式；字体、列宽、行高不在其内。原样另存不算改动；"
    "排序会移动行，算改动，请在副本上排序。",
    "名册指纹是门户存档记录（两张工作表的全部单元格，指纹本身除外）的 SHA-256 值。",
    "供运营方使用的核对命令：flask --app app roster verify 文件名.xlsx",
)
