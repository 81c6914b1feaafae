"""The demonstration's losses as data: invented buyers and banks, what each firm reported, and how far it came.

Every number of days counts back from the demonstration's day. The invoices of one loss were shipped on one day, so
that they fall under one policy on whatever day the demonstration is started.
"""

from collections.abc import Mapping
from typing import NamedTuple

from portal.scheme.claim_words import PaymentTerm, Risk

DEFAULT, BANKRUPT, REJECTED, LC = (
    Risk.PROTRACTED_DEFAULT,
    Risk.BANKRUPTCY,
    Risk.REJECTION,
    Risk.LETTER_OF_CREDIT,
)


class Buyer(NamedTuple):
    """One invented buyer, or with a BIC an issuing bank."""

    name: str
    country: str
    registration_number: str | None = None
    bic: str | None = None


class Invoice(NamedTuple):
    """One shipment: when it was due, and how much of it is unpaid."""

    number: str
    due: int
    amount: str
    currency: str = "USD"
    term: PaymentTerm = PaymentTerm.OPEN_ACCOUNT
    own: bool = True  # declared to customs by the firm itself


Step = tuple[int, str] | tuple[int, str, Mapping[str, str]]
"""So many days before, what was done (`claims.py` knows how), and with what."""


class Loss(NamedTuple):
    """What one firm reported of one buyer, and every step since."""

    firm: str
    buyer: str
    risk: Risk
    shipped: int
    invoices: tuple[Invoice, ...]
    words: str
    steps: tuple[Step, ...]


BUYERS: Mapping[str, Buyer] = {
    "haldenvik": Buyer("Haldenvik Living AS", "NO", "918273645"),
    "kornblatt": Buyer("Kornblatt Wohnen GmbH", "DE", "HRB 74120"),
    "tannhof": Buyer("Tannhof Gartenbedarf AG", "CH"),
    "brightmoor": Buyer("Brightmoor Retail Ltd", "GB", "09917452"),
    "anadolu": Buyer("Ege Yıldızı Ev Tekstili A.Ş.", "TR"),
    "zielony": Buyer("Zielony Zakątek Sp. z o.o.", "PL", "0000714253"),
    "altavista": Buyer("Grupo Altavista Hogar, S.A. de C.V.", "MX"),
    "marisol": Buyer("Importaciones Marisol del Sur, S.L.", "ES"),
    "cascadia": Buyer("Cascadia Ridge Outfitters Inc.", "US"),
    "wattle": Buyer("Wattle Creek Homewares Pty Ltd", "AU"),
    "maple": Buyer("Maple Hollow Trading Inc.", "CA"),
    "ipe": Buyer("Casa Ipê Comércio de Móveis Ltda.", "BR"),
    "meridian": Buyer("Meridian Bay General Trading LLC", "AE"),
    "valbrune": Buyer("Maison Valbrune SARL", "FR"),
    "orvelle": Buyer("Orvelle Mercantile FZE", "AE"),
    "bergamotte": Buyer("Atelier Bergamotte SAS", "FR", "812 640 337"),
    "ostrava": Buyer("Ostravské Světlo s.r.o.", "CZ"),
    "kauri": Buyer("Kauri Coast Imports Limited", "NZ"),
    "solmar": Buyer("Banco Solmar S.A.", "PA", bic="SOLMPAPA"),
    "nordlys": Buyer("Nordlyset Interiør AS", "NO"),
    "nordlys2": Buyer("Nordlysets Interiør AS", "NO"),
    "tessera": Buyer("Tessera Home B.V.", "NL", "71480265"),
    "kwartier": Buyer("Kwartier Wonen B.V.", "NL"),
    "lumen": Buyer("Lumen & Fils Décoration SA", "BE"),
    "lumen2": Buyer("Lumens et Fils Décoration S.A.", "BE"),
}

USUAL: tuple[Step, ...] = ((74, "papers"), (74, "file"), (73, "accept"), (71, "propose"), (69, "approve"))
"""From the documents to the approval, of those that were paid in the first batch."""

LOSSES: Mapping[str, Loss] = {
    "recovered": Loss(
        *("claim", "haldenvik", DEFAULT, 270),
        (Invoice("XL-2601", 215, "62000.00"), Invoice("XL-2607", 205, "38000.00")),
        "买方说现金流紧张，承诺的三次付款都没有到账。",
        (
            (196, "notify"),
            (190, "claim"),
            *((73, "papers"), (73, "file"), (72, "accept"), (71, "propose"), (69, "approve")),
            (67, "account"),
            (66, "agree"),
            (18, "tell_money", {"amount": "10000.00", "received": "20", "reference": "DNB 7740-118"}),
            (5, "record_money", {"costs": "1000.00"}),
        ),
    ),
    "decided": Loss(
        *("claim", "kornblatt", DEFAULT, 235),
        (Invoice("XL-2615", 170, "48000.00"), Invoice("XL-2622", 165, "32000.00")),
        "只付了第一票的一部分，其余的不再回邮件。",
        (
            (150, "notify"),
            (148, "claim"),
            (44, "papers"),
            (44, "file"),
            (40, "accept"),
            (33, "payment", {"amount": "15000.00", "received": "120", "reference": "COBA 55120-7"}),
            (33, "resale", {"amount": "22000.00", "costs": "2000.00", "received": "60", "reference": "SALE-0418"}),
            (30, "assess"),
            (6, "propose"),
            (4, "approve"),
        ),
    ),
    "draft": Loss("claim", "tannhof", DEFAULT, 95, (Invoice("XL-2660", 20, "12650.00"),), "", ((1, "begin"),)),
    "watched": Loss(
        *("watched", "brightmoor", DEFAULT, 90),
        (
            Invoice("BM-24017", 25, "18400.00"),
            Invoice("BM-24023", -20, "21750.00"),
            Invoice("BM-24020", 10, "4300.00", own=False),
        ),
        "买方换了财务负责人，说下个月一起付。",
        (
            (12, "notify"),
            (10, "consent", {"kind": "extension", "until": "30"}),
            (6, "grant"),
        ),
    ),
    "waiting": Loss(
        *("watched", "anadolu", DEFAULT, 160),
        (Invoice("SL-5102", 70, "26800.00"), Invoice("SL-5107", 62, "9450.00")),
        "银行说里拉贬值，买方要求分期。",
        (
            (55, "notify"),
            (54, "claim"),
            (30, "some_papers"),
            (3, "consent", {"kind": "instalments", "until": "120"}),
        ),
    ),
    "settled": Loss(
        *("watched", "zielony", DEFAULT, 170),
        (Invoice("SL-5088", 90, "7320.00"),),
        "拖了两周，还在联系。",
        ((75, "notify"), (50, "settle")),
    ),
    "asked": Loss(
        *("requested", "altavista", REJECTED, 130),
        (Invoice("YJ-881", 70, "33150.00", term=PaymentTerm.DOCUMENTS_AGAINST_ACCEPTANCE),),
        "货到曼萨尼约港，买方以包装为由拒收。",
        (
            (60, "notify"),
            (58, "claim"),
            (35, "dispose"),
            (12, "file_incomplete"),
            (7, "ask"),
        ),
    ),
    "suspended": Loss(
        *("requested", "marisol", DEFAULT, 240),
        (Invoice("YJ-840", 180, "41200.00"),),
        "买方说一半货有质量问题。",
        (
            (160, "notify"),
            (155, "claim"),
            (50, "papers"),
            (50, "file"),
            (43, "dispute"),
            (41, "suspend"),
        ),
    ),
    "preparing": Loss(
        *("requested", "brightmoor", BANKRUPT, 110),
        (Invoice("BM-24017", 45, "18400.00"),),
        "听说买方已经进入破产程序。",
        ((15, "notify"), (14, "claim"), (9, "some_papers")),
    ),
    "assigned": Loss(
        *("assigned", "cascadia", BANKRUPT, 200),
        (Invoice("CT-3301", 120, "54000.00"),),
        "买方向法院申请了破产保护。",
        (
            (112, "notify"),
            (111, "claim"),
            (90, "papers"),
            (90, "file"),
            (88, "assign"),
            (86, "record_assignment"),
            *((73, "accept"), (71, "propose"), (69, "approve")),
            (67, "agree"),
        ),
    ),
    "agreed": Loss(
        *("assigned", "wattle", DEFAULT, 230),
        (Invoice("CT-3318", 165, "27600.00"),),
        "分公司关门，总公司不接电话。",
        (
            (140, "notify"),
            (139, "claim"),
            *((36, "papers"), (36, "file"), (30, "accept"), (20, "propose"), (12, "approve")),
            (9, "account"),
            (3, "agree"),
        ),
    ),
    "paying": Loss(
        *("assigned", "maple", BANKRUPT, 180),
        (Invoice("CT-3342", 110, "19800.00"),),
        "法院已经指定破产管理人。",
        (
            (95, "notify"),
            (94, "claim"),
            *((50, "papers"), (50, "file"), (40, "accept"), (28, "propose"), (16, "approve")),
            (8, "account"),
            (7, "agree"),
        ),
    ),
    "objected": Loss(
        *("objected", "ipe", DEFAULT, 240),
        (Invoice("BL-0912", 175, "30500.00"), Invoice("BL-0915", 170, "12400.00")),
        "买方承认欠款，但是没有付过一笔。",
        (
            (150, "notify"),
            (149, "claim"),
            *((40, "papers"), (40, "file"), (32, "accept"), (18, "propose_reduced"), (13, "approve")),
            (3, "object"),
        ),
    ),
    "proposed": Loss(
        *("objected", "meridian", DEFAULT, 225),
        (Invoice("BL-0921", 165, "46000.00"),),
        "多次承诺付款日期，都没有兑现。",
        (
            (138, "notify"),
            (138, "claim"),
            *((30, "papers"), (30, "file"), (22, "accept"), (10, "assess"), (2, "propose")),
        ),
    ),
    "withdrawn": Loss(
        *("objected", "valbrune", DEFAULT, 150),
        (Invoice("BL-0930", 80, "8800.00"),),
        "买方说在等一笔贷款。",
        ((60, "notify"), (60, "claim"), (21, "withdraw")),
    ),
    "sanctioned": Loss(
        *("objected", "orvelle", BANKRUPT, 120),
        (Invoice("BL-0941", 60, "23700.00"),),
        "当地商会说这家公司停业了。",
        ((44, "notify"), (43, "claim"), (25, "papers"), (25, "file"), (15, "accept")),
    ),
    "full": Loss(
        *("noroom", "haldenvik", BANKRUPT, 210),
        (Invoice("ML-7001", 130, "90000.00"),),
        "买方进入破产程序，已申报债权。",
        (
            (116, "notify"),
            (116, "claim"),
            *USUAL,
            (67, "account"),
            (65, "agree"),
        ),
    ),
    "nothing": Loss(
        *("noroom", "haldenvik", BANKRUPT, 210),
        (Invoice("ML-7002", 110, "24000.00"),),
        "同一买方后面一票，也没有收到。",
        (
            (98, "notify"),
            (98, "claim"),
            *((60, "papers"), (60, "file"), (50, "accept"), (42, "propose"), (38, "approve"), (30, "agree")),
        ),
    ),
    "no_room": Loss(
        *("noroom", "haldenvik", BANKRUPT, 210),
        (Invoice("ML-7009", 40, "11300.00"),),
        "还有一票，为了完整一起报。",
        ((20, "notify"), (20, "claim"), (4, "some_papers")),
    ),
    "euro": Loss(
        *("currency", "bergamotte", DEFAULT, 220),
        (Invoice("TS-411", 160, "31400.00", "EUR"), Invoice("TS-415", 152, "8250.00", "EUR")),
        "买方说要等圣诞季之后再付。",
        (
            (130, "notify"),
            (129, "claim"),
            (24, "papers"),
            (24, "file"),
            (14, "accept"),
            (9, "payment", {"amount": "5000.00", "received": "80", "reference": "BNPA 90-2217"}),
            (8, "assess"),
        ),
    ),
    "late": Loss(
        *("currency", "ostrava", DEFAULT, 250),
        (Invoice("TS-398", 190, "16900.00"),),
        "一直以为买方会付，报晚了。",
        ((145, "notify"), (144, "claim"), (20, "papers"), (20, "file"), (11, "accept")),
    ),
    "fast": Loss(
        *("currency", "kauri", BANKRUPT, 120),
        (Invoice("TS-430", 50, "4860.00"),),
        "买方清算，通知了全部债权人。",
        ((28, "notify"), (28, "claim"), (8, "papers"), (8, "file"), (1, "accept")),
    ),
    "bank": Loss(
        *("currency", "solmar", LC, 215),
        (Invoice("TS-405", 155, "58000.00", term=PaymentTerm.LETTER_OF_CREDIT),),
        "单证相符，开证行到期不付。",
        ((135, "notify"), (134, "claim"), (12, "papers"), (12, "file")),
    ),
    "alike": Loss(
        *("currency", "nordlys2", DEFAULT, 230),
        (Invoice("TS-402", 168, "14700.00"),),
        "同一地址还有一家名字差不多的公司。",
        (
            (142, "notify"),
            (141, "claim"),
            *((28, "papers"), (28, "file"), (17, "accept"), (3, "propose")),
        ),
    ),
    "alike_watched": Loss(
        *("objected", "nordlys", DEFAULT, 80),
        (Invoice("BL-0902", 22, "5100.00"),),
        "催了两周。",
        ((4, "notify"),),
    ),
    "one": Loss(
        *("merged", "tessera", BANKRUPT, 200),
        (Invoice("YQ-120", 125, "50000.00"),),
        "法院公告了破产申请。",
        ((110, "notify"), (110, "claim"), *USUAL, (67, "account"), (66, "agree")),
    ),
    "other": Loss(
        *("merged", "kwartier", BANKRUPT, 200),
        (Invoice("YQ-124", 125, "50000.00"),),
        "同一集团，同一天申请破产。",
        ((110, "notify"), (110, "claim"), *USUAL, (66, "agree")),
    ),
    "reversed": Loss(
        *("merged", "lumen", DEFAULT, 245),
        (Invoice("YQ-101", 185, "22400.00"),),
        "第二次催收之后没有消息。",
        (
            (165, "notify"),
            (164, "claim"),
            *((50, "papers"), (50, "file"), (45, "accept"), (39, "propose"), (32, "approve")),
            (19, "reverse"),
        ),
    ),
    "lumen_again": Loss(
        *("claim", "lumen2", DEFAULT, 100),
        (Invoice("XL-2655", 35, "3900.00"),),
        "说是月底付。",
        ((14, "notify"),),
    ),
}
"""Every loss, by a name that only this demonstration knows."""
