"""Made-up papers of the demonstration, as a photo of them would be handed in."""

from collections.abc import Sequence
from functools import cache, partial
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

from portal.demo.sample import DemoFirm
from portal.documents.check import CheckedFile, check_file

MADE_UP = "演示用，虚构 · made up for the demonstration"

CLAIM_PAPERS = {
    "contract": "销售合同（样本）",
    "invoice": "商业发票（样本）",
    "delivery_proof": "提单（样本）",
    "customs_declaration": "出口报关单（样本）",
    "collection_letters": "催款函（样本）",
    "bankruptcy_ruling": "法院破产裁定（样本）",
    "buyer_rejection": "买方拒收函（样本）",
    "government_measure": "政府措施文件（样本）",
    "letter_of_credit": "信用证（样本）",
    "bank_refusal": "开证行拒付通知（样本）",
    "debt_acknowledgement": "债务确认书（样本）",
    "contract_amendments": "合同修改（样本）",
    "buyer_answers": "买方答复（样本）",
    "deed": "赔款转让协议（样本）",
    "judgment": "法院受理通知（样本）",
    "advice": "银行入账通知（样本）",
}
"""What each document of a claim says at its top, by the code of the checklist; the last three stand in none."""


def paper_of(title: str, firm: DemoFirm) -> CheckedFile:
    """A paper about a firm, with what the registry says of it."""
    lines = (
        ("统一社会信用代码", firm.uscc),
        ("名称", firm.name),
        ("类型", firm.company_type or "（空）"),
        ("法定代表人", firm.representative),
        ("住所", firm.address),
    )
    return _photo(title, lines)


@cache
def claim_paper(code: str) -> CheckedFile:
    """The paper that stands for one item of a claim's checklist; the same for every firm, and made once."""
    return _photo(CLAIM_PAPERS[code], (("买方", "见报损"), ("发票", "见报损"), ("说明", "内容不真实，只作演示")))


def _photo(title: str, lines: Sequence[tuple[str, str]]) -> CheckedFile:
    page = Image.new("RGB", (1200, 850), "#FBF8EF")
    draw = ImageDraw.Draw(page)
    font = partial(ImageFont.truetype, str(sans_path()))
    draw.rectangle((30, 30, 1170, 820), outline="#8A8266", width=4)
    draw.text((600, 110), title, fill="#333333", font=font(64), anchor="mm")
    draw.text((600, 180), MADE_UP, fill="#7A6A4A", font=font(26), anchor="mm")
    for place, (label, value) in enumerate(lines):
        draw.text((120, 290 + 96 * place), label, fill="#7A6A4A", font=font(32))
        draw.text((440, 286 + 96 * place), value, fill="#1B2326", font=font(38))
    target = BytesIO()
    page.save(target, "JPEG", quality=80)
    return check_file(f"{title}.jpg", target.getvalue())
