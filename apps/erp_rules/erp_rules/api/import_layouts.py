"""How exported lists map to documents: which columns are known under which names, and what makes a line unique."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Layout:
    """The shape of one list: lines with the same `key` are one document; `table` takes the repeated part.

    `columns` and `table_columns` map further column names to fieldnames (fieldname, label and translated
    label are known anyway); `values` maps further spellings of a field's values. `ignored` columns are
    known but never taken, because the system decides them. `file_name_field` takes the file's name where the
    file has no column for it. With `has_independent_rows` a refused row does not keep out the other rows.
    """

    doctype: str
    key: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    table: str | None = None
    table_columns: Mapping[str, str] = field(default_factory=dict)
    table_key: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    file_name_field: str | None = None
    has_independent_rows: bool = False


CURRENCIES = {
    "人民币": "CNY",
    "RMB": "CNY",
    "美元": "USD",
    "美金": "USD",
    "US$": "USD",
    "欧元": "EUR",
    "港币": "HKD",
    "日元": "JPY",
}

LAYOUTS: tuple[Layout, ...] = (
    Layout(
        "UOM",
        ("uom_name",),
        columns={
            "计量单位": "uom_name",
            "单位": "uom_name",
            "单位名称": "uom_name_zh",
            "小数位数": "decimals",
        },
    ),
    Layout(
        "Department",
        ("department_name",),
        columns={
            "部门": "department_name",
            "部门名称": "department_name",
            "事业部": "division",
            "主管": "manager",
        },
    ),
    Layout(
        "Warehouse",
        ("warehouse_name",),
        columns={
            "仓库": "warehouse_name",
            "仓库名称": "warehouse_name",
            "仓库类别": "warehouse_kind",
            "供应商": "supplier",
            "部门": "department",
            "备注": "location_note",
        },
        values={
            "warehouse_kind": {
                "库存": "Stock",
                "不良品仓": "Defective",
                "不良品": "Defective",
                "托工厂商处": "At Subcontractor",
            }
        },
    ),
    Layout(
        "Item",
        ("item_code",),
        columns={
            "料号": "item_code",
            "品名": "item_name",
            "规格": "specification",
            "料件类别": "item_class",
            "类别": "item_class",
            "库存单位": "stock_uom",
            "单位": "stock_uom",
            "大小件": "part_size",
            "免费备品率": "free_allowance_pct",
            "标准单重": "standard_unit_weight",
            "样品状态": "sample_status",
            "长期控管": "long_term_controlled",
            "标准成本": "standard_cost",
        },
        values={
            "item_class": {
                "原材料": "Raw Material",
                "包装材料": "Packaging",
                "包材": "Packaging",
                "零件": "Component",
                "半成品": "Semi-finished",
                "成品": "Finished",
                "服务": "Service",
            },
            "part_size": {"小件": "Small", "大件": "Large"},
            "sample_status": {"不需要": "Not Required", "待确认": "Pending", "已确认": "Confirmed"},
        },
    ),
    Layout(
        "Supplier",
        ("supplier_code",),
        columns={
            "供应商代码": "supplier_code",
            "厂商代码": "supplier_code",
            "供应商名称": "supplier_name",
            "厂商名称": "supplier_name",
            "供应商类别": "supplier_kind",
            "币别": "currency",
            "地址": "address",
            "发票类型": "invoice_type",
            "付款条件": "payment_terms",
            "税号": "tax_id",
        },
        values={
            "supplier_kind": {
                "国内": "Domestic",
                "关联企业": "Affiliate",
                "托工厂商": "Subcontractor",
                "进口": "Import",
            },
            "invoice_type": {
                "增值税专用发票": "VAT Special Invoice",
                "增值税普通发票": "VAT Ordinary Invoice",
                "商业发票": "Commercial Invoice",
                "无发票": "No Invoice",
            },
            "currency": CURRENCIES,
        },
        table="contacts",
        table_columns={
            "联系人": "contact_name",
            "电话": "phone",
            "邮箱": "email",
            "电子邮件": "email",
            "职务": "position",
        },
        table_key=("contact_name",),
        ignored=("状态", "status", "approved_on", "核准日期"),
    ),
    Layout(
        "Exchange Rate",
        ("from_currency", "to_currency", "date"),
        columns={
            "原币": "from_currency",
            "外币": "from_currency",
            "本币": "to_currency",
            "日期": "date",
            "汇率": "rate",
        },
        values={"from_currency": CURRENCIES, "to_currency": CURRENCIES},
    ),
    Layout(
        "Working Calendar",
        ("calendar_name",),
        columns={"工作日历": "calendar_name", "日历": "calendar_name"},
        table="holidays",
        table_columns={"日期": "date", "假日名称": "description", "类别": "kind"},
        table_key=("date",),
        values={"kind": {"假日": "Holiday", "工作日": "Working Day", "调休上班": "Working Day"}},
    ),
    Layout(
        "Price Approval",
        ("item", "price_kind", "operation"),
        columns={
            "料号": "item",
            "价格类别": "price_kind",
            "工序": "operation",
            "报价日期": "form_date",
            "核定日期": "form_date",
            "市场行情": "market_check",
            "未选最低价原因": "not_lowest_reason",
        },
        values={
            "price_kind": {"采购": "Purchase", "托工": "Subcontract"},
            "currency": CURRENCIES,
            "not_lowest_reason": {
                "品质较佳": "Better Quality",
                "交期较短": "Shorter Delivery",
                "产能充足": "Enough Capacity",
                "付款条件较佳": "Better Payment Terms",
                "第二货源": "Second Source",
                "客户指定": "Nominated by Customer",
                "最小订购量较低": "Smaller Minimum Order",
                "其他": "Other",
            },
        },
        table="quotes",
        table_columns={
            "供应商代码": "supplier",
            "供应商": "supplier",
            "币别": "currency",
            "单价": "rate",
            "税率": "tax_rate",
            "最小订购量": "min_order_qty",
            "交期天数": "lead_days",
            "付款条件": "payment_terms",
            "成本计算公式": "cost_formula",
            "选定": "selected",
        },
        table_key=("supplier",),
        ignored=("供应商名称", "supplier_name", "有效期起", "有效期止", "valid_from", "valid_to"),
    ),
    Layout(
        "Material Plan",
        ("title",),
        columns={
            "计划名称": "title",
            "计划单号": "title",
            "部门": "department",
            "计划日期": "plan_date",
            "期间起": "period_from",
            "期间止": "period_to",
        },
        table="items",
        table_columns={
            "料号": "item",
            "物料编号": "item",
            "数量": "qty",
            "需求数量": "qty",
            "计划数量": "qty",
            "需求日期": "required_date",
            "交期": "required_date",
            "备注": "remarks",
        },
        table_key=("item", "required_date"),
        ignored=("品名", "规格", "单位", "item_name", "specification", "uom"),
        file_name_field="title",
        has_independent_rows=True,
    ),
)

BY_DOCTYPE: Mapping[str, Layout] = {layout.doctype: layout for layout in LAYOUTS}
