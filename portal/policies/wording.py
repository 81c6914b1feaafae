"""What a policy says to the firm, word for word, in both languages: page, PDF and fingerprint are made of it.

These sentences are part of a document that people acknowledge, so they are no messages of the portal and do not
change with its translations. Whoever changes a word gives it a new version; `tests/policies/test_document.py`
holds the words to their version by their hash.

Sources: the cover of the scheme as its notice publishes it; how to report is the portal's own.

What was acknowledged keeps saying what it said: words that changed stand here in every version. Version 2: losses
are reported and claimed on this site.
"""

from typing import NamedTuple

FIRST_VERSION, VERSION = "1", "2"


class Both(NamedTuple):
    """One text in Chinese and in English. Placeholders as in `str.format`."""

    zh: str
    en: str


TITLE = Both("保单", "Policy")
INSURED = Both("被保险人", "Insured")
CREDIT_CODE = Both("统一社会信用代码", "Unified social credit code")
NUMBER = Both("保单号", "Policy number")
SCHEME = Both("统保方案", "Scheme")
ISSUED = Both("出单日", "Issued")
COVERED = Both("保障时间", "Time of cover")
FROM_TO = Both("{first} 至 {last}", "{first} to {last}")
UNCOVERED = Both("没有保障的时间", "Time without cover")
NO_GAP = Both("无，整个保单年度都有保障", "None: the whole policy year is covered")
WHY_GAP = Both(
    "这段时间装运的货，出了事不赔。保障从出单当日起算。",
    "Goods shipped in this time are not covered. Cover counts from the day of issue.",
)

EXCLUSIONS_TITLE = Both("先看不保的", "First, what is not covered")
EXCLUSIONS = (
    Both("不是本企业自己签的合同", "Contracts that your firm did not sign itself"),
    Both("不是本企业自己报关的货", "Goods that your firm did not declare to customs itself"),
    Both("信用期超过一年的合同", "Contracts with a credit term of more than one year"),
    Both("保障时间以外装运的货", "Goods shipped outside the time of cover"),
    Both("货物出口以前发生的损失", "Losses before the goods were exported"),
    Both("每笔损失中企业自己承担的 {own_share}", "Your firm's own share of each loss, {own_share}"),
    Both("同一买方或开证行超过 {cap} 的部分", "Whatever goes beyond {cap} for one buyer or issuing bank"),
)

INCLUSIONS_TITLE = Both("保的", "What is covered")
INCLUSIONS = (
    Both(
        "买方或开证行破产、拖欠、拒收、拒绝承兑",
        "Bankruptcy, protracted default, and rejection of goods or of acceptance by the buyer or issuing bank",
    ),
    Both("政治风险", "Political risk"),
)

RATIO = Both("赔付比例", "Share of the loss that is paid")
RATIO_VALUE = Both("损失的 {ratio}", "{ratio} of the loss")
CAP = Both("每个买方或开证行，每保单年度", "For each buyer or issuing bank, in a policy year")
CAP_VALUE = Both("最多 {cap}", "at most {cap}")
ORDER = Both(
    "先算损失的 {ratio}，再看限额。信用证项下只算开证行的限额。对一个买方，这样赔：",
    "First {ratio} of the loss, then the limit. Under a letter of credit only the issuing bank's limit counts. "
    "Of a loss to one buyer:",
)
EXAMPLE = (
    Both("损失（{currency}）", "Loss ({currency})"),
    Both("它的 {ratio}", "{ratio} of it"),
    Both("赔给您", "Paid to you"),
    Both("您承担", "You bear"),
)
CAPPED = Both(
    "{loss} 的 {ratio} 是 {share}，超过限额，赔 {paid}。",
    "{ratio} of {loss} is {share}, which goes beyond the limit: {paid} is paid.",
)
COST = Both("您付多少", "What you pay")
COST_VALUE = Both("0 元，由财政全额承担", "Nothing: the public purse pays all of it")

DO_NOT_TITLE = Both("不经同意，不要做", "Not without consent")
DO_NOT = Both(
    "延长付款期、打折、转卖、退运。每件事先问窗口，答复会留底。",
    "More time to pay, a discount, resale, taking goods back. Ask the desk first for each; the answer is kept on "
    "record.",
)

TROUBLE_TITLE = Both("收不到货款怎么办", "When a buyer does not pay")
_TROUBLE_1 = (
    Both("先停止向这个买方发货。", "Stop shipping to this buyer."),
    Both(
        "马上告诉{city}市商务局窗口：保单号，买方的名称和国家，所有未付和在途的票、金额和到期日。"
        "网上报损还没有开通，到窗口办。",
        "Tell the desk of the {city} Commerce Bureau at once: policy number, the buyer's name and country, every "
        "unpaid shipment and every one on its way, amounts and due dates. Reporting on this site is not open yet; "
        "go to the desk.",
    ),
    Both(
        "收好合同、发票、提单、报关单和往来函件。",
        "Keep contract, invoice, bill of lading, customs declaration and letters.",
    ),
)
_TROUBLE_DAYS_1 = Both(
    "报损的步骤和天数是暂定的，理赔开通时公布。晚报不会因此自动不赔。",
    "The steps and days of reporting are provisional; they are published when claims open. A late report is not "
    "refused for being late alone.",
)
_TROUBLE_2 = (
    _TROUBLE_1[0],
    Both(
        "马上在本网站报损，约两分钟：选买方，写出了什么事，列出所有未付和在途的票。上不了网就找{city}市商务局窗口。",
        "Report it on this site at once, in about two minutes: choose the buyer, say what happened, and list "
        "every unpaid shipment and every one on its way. Without access, go to the desk of the {city} Commerce "
        "Bureau.",
    ),
    _TROUBLE_1[2],
)
_TROUBLE_DAYS_2 = Both(
    "报损、等待和索赔的天数是暂定的，报损时逐项写明。晚报不会因此自动不赔。",
    "The days for reporting, waiting and claiming are provisional; each is shown when you report. A late report "
    "is not refused for being late alone.",
)
TROUBLE = {"1": _TROUBLE_1, "2": _TROUBLE_2}
TROUBLE_DAYS = {"1": _TROUBLE_DAYS_1, "2": _TROUBLE_DAYS_2}
"""By version of the text."""

ACKNOWLEDGEMENT = Both(
    "我已读完不保的和保的内容，由我（{name}）代表企业确认收悉。",
    "I have read what is not covered and what is covered. I, {name}, acknowledge it for the firm.",
)

ACKNOWLEDGEMENT_UNNAMED = Both(
    "我已读完不保的和保的内容，由我代表企业确认收悉。",
    "I have read what is not covered and what is covered. I acknowledge it for the firm.",
)

CERTIFICATE_TITLE = Both("保险凭证", "Certificate of insurance")
RUN_BY = Both(
    "{zh_city}市商务局、{zh_city}市财政局主办", "Run by {en_city} Commerce Bureau and {en_city} Finance Bureau"
)
QR_HINT = Both("扫码查看是否有效", "Scan to see whether it is valid")
PROVISIONAL = Both("暂定", "provisional")
PROVISIONAL_NOTE = Both(
    "标有“暂定”的内容没有公开依据，主办方确认前按此执行。",
    "No public notice settles what is marked provisional; it holds until the bureaus confirm it.",
)
DOCUMENT = Both(
    "保单文本第 {version} 版，指纹 {fingerprint}", "Policy text version {version}, fingerprint {fingerprint}"
)
