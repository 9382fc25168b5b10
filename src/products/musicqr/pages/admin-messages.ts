import type { DomainErrorCode } from "../../../lib/domain-error.ts";
import type { Translated } from "../../../ui/i18n.ts";
import type { CodeOrder, CodeStatus } from "../domain/index.ts";

interface AdminText {
  readonly brand: string;
  readonly dashboard: string;
  readonly codes: string;
  readonly add: string;
  readonly importCsv: string;
  readonly exportCsv: string;
  readonly docs: string;
  readonly signIn: string;
  readonly signOut: string;
  readonly username: string;
  readonly password: string;
  readonly wrongPassword: string;
  readonly locked: (minutes: string) => string;
  readonly incomplete: string;
  readonly total: string;
  readonly rate: string;
  readonly scansToday: string;
  readonly scansByDay: string;
  readonly latest: string;
  readonly allCodes: string;
  readonly noCodes: string;
  readonly lastDays: (days: string) => string;
  readonly day: string;
  readonly scans: string;
  readonly invalid: string;
  readonly activations: string;
  readonly search: string;
  readonly searchHint: string;
  readonly status: string;
  readonly sort: string;
  readonly order: string;
  readonly descending: string;
  readonly ascending: string;
  readonly perPage: string;
  readonly apply: string;
  readonly found: (count: string) => string;
  readonly foundAtLeast: (count: string) => string;
  readonly nothing: string;
  readonly code: string;
  readonly select: (code: string) => string;
  readonly selectAll: string;
  readonly sheet: string;
  readonly sheetSelected: string;
  readonly pageOf: (page: string, pages: string) => string;
  readonly next: string;
  readonly previous: string;
  readonly statuses: Readonly<Record<CodeStatus | "all", string>>;
  readonly orders: Readonly<Record<CodeOrder, string>>;
  readonly pasteTitle: string;
  readonly pasteHint: string;
  readonly generateTitle: string;
  readonly generateHint: string;
  readonly count: string;
  readonly addThese: string;
  readonly generate: string;
  readonly importTitle: string;
  readonly importHint: string;
  readonly file: string;
  readonly upload: string;
  readonly badFile: Readonly<Record<"encoding" | "no_codes" | "too_many_rows", string>>;
  /** Says how many dates of a file cannot be read. `badDate` names each one. */
  readonly badDates: (count: number) => string;
  readonly badDate: Readonly<Record<"unreadable" | "ambiguous", (row: number, text: string) => string>>;
  readonly added: (count: string) => string;
  readonly existing: (count: string) => string;
  readonly malformed: (count: string) => string;
  readonly failedCodes: (count: string) => string;
  readonly printThese: string;
  readonly qr: string;
  readonly localhostHint: string;
  readonly localhostPrint: string;
  readonly activatedBy: string;
  readonly address: string;
  readonly country: string;
  readonly userAgent: string;
  readonly revokedAt: string;
  readonly copy: string;
  readonly copied: string;
  readonly revoke: string;
  readonly revokeNow: string;
  readonly revokeNote: string;
  readonly restore: string;
  readonly remove: string;
  readonly removeNote: string;
  readonly removeForGood: string;
  readonly history: string;
  readonly noHistory: string;
  readonly time: string;
  readonly times: string;
  readonly older: string;
  readonly newest: string;
  readonly errorTitle: string;
  readonly notFound: string;
  readonly errors: Readonly<Partial<Record<DomainErrorCode, string>>>;
  readonly askWith: string;
  readonly home: string;
}

/** The messages of the administration pages. */
export const ADMIN_MESSAGES: Translated<AdminText> = {
  "zh-CN": {
    brand: "乐谱验证管理",
    dashboard: "概览",
    codes: "授权码",
    add: "添加授权码",
    importCsv: "导入 CSV",
    exportCsv: "导出 CSV",
    docs: "API 文档",
    signIn: "登录",
    signOut: "退出",
    username: "用户名",
    password: "密码",
    wrongPassword: "用户名或密码错误。",
    locked: (minutes) => `密码错误次数过多，请在 ${minutes} 分钟后重试。`,
    incomplete: "请填写用户名和密码。",
    total: "授权码总数",
    rate: "激活率",
    scansToday: "今日查询",
    scansByDay: "每日查询",
    latest: "最新的授权码",
    allCodes: "查看全部",
    noCodes: "还没有授权码。",
    lastDays: (days) => `最近 ${days} 天（UTC）`,
    day: "日期",
    scans: "查询",
    invalid: "无效",
    activations: "激活",
    search: "搜索",
    searchHint: "授权码的一部分",
    status: "状态",
    sort: "排序",
    order: "方向",
    descending: "降序",
    ascending: "升序",
    perPage: "每页",
    apply: "应用",
    found: (count) => `共 ${count} 个`,
    foundAtLeast: (count) => `至少 ${count} 个`,
    nothing: "没有符合条件的授权码。",
    code: "授权码",
    select: (code) => `选择 ${code}`,
    selectAll: "全选本页",
    sheet: "打印 A4 二维码",
    sheetSelected: "打印所选（A4 PDF）",
    pageOf: (page, pages) => `第 ${page} / ${pages} 页`,
    next: "下一页",
    previous: "上一页",
    statuses: { all: "全部", activated: "已激活", unactivated: "未激活", revoked: "已撤销" },
    orders: {
      created_date: "创建时间",
      code: "授权码",
      activation_date: "激活时间",
      query_count: "查询次数",
      last_query_date: "最近查询",
    },
    pasteTitle: "添加已有的授权码",
    pasteHint: "每行一个，12 位字母和数字，最多 5,000 个。",
    generateTitle: "生成新的授权码",
    generateHint: "不含容易混淆的字符（I、O、0、1），最多 5,000 个。",
    count: "数量",
    addThese: "添加",
    generate: "生成",
    importTitle: "从 CSV 导入",
    importHint: "需要 code 列，created_date 列可选；没有表头时取第一列。最多 50,000 行、4 MB。",
    file: "CSV 文件",
    upload: "导入",
    badFile: {
      encoding: "无法读取这个文件：请保存为 UTF-8、UTF-16 或 GB18030（GBK）编码的 CSV。",
      no_codes: "无法读取这个文件：其中没有授权码。",
      too_many_rows: "无法读取这个文件：超过 50,000 行。",
    },
    badDates: (count) =>
      `没有导入任何授权码：有 ${count} 个日期无法识别。请改为 2026-01-05 或 2026-01-05 12:00:00。`,
    badDate: {
      unreadable: (row, text) => `第 ${row} 行 created_date：“${text}”不是日期`,
      ambiguous: (row, text) => `第 ${row} 行 created_date：“${text}”可能是月/日，也可能是日/月`,
    },
    added: (count) => `已添加 ${count} 个`,
    existing: (count) => `已存在 ${count} 个`,
    malformed: (count) => `格式错误 ${count} 个`,
    failedCodes: (count) => `未能保存 ${count} 个，请重试`,
    printThese: "打印这些授权码",
    qr: "二维码",
    localhostHint: "二维码中的地址只能在这台电脑上打开。请用局域网地址打开本页，或设置 PUBLIC_ORIGIN。",
    localhostPrint:
      "现在打印的二维码只能在这台电脑上打开。打印前请用局域网地址打开本页，或设置 PUBLIC_ORIGIN。",
    activatedBy: "激活信息",
    address: "地址",
    country: "国家/地区",
    userAgent: "设备",
    revokedAt: "撤销时间",
    copy: "复制",
    copied: "已复制",
    revoke: "撤销",
    revokeNow: "确认撤销",
    revokeNote: "撤销后，扫描会显示验证失败。可以恢复。",
    restore: "恢复",
    remove: "删除",
    removeNote: "连同历史记录一起删除，无法恢复。",
    removeForGood: "确认删除",
    history: "查询记录",
    noHistory: "还没有人扫描过。",
    time: "时间",
    times: "次数",
    older: "更早的记录",
    newest: "最新的记录",
    errorTitle: "出错了",
    notFound: "没有找到这个页面",
    errors: {
      code_unknown: "没有这个授权码",
      code_malformed: "授权码格式错误",
      rate_limited: "请求过于频繁，请稍后再试。",
      origin_forbidden: "这个请求来自其他网站，已被拒绝。",
      body_too_large: "上传的内容过大。",
      invalid_request: "请求参数错误。",
      storage_failed: "数据库操作错误，请稍后再试。",
    },
    askWith: "如需帮助，请提供这个编号：",
    home: "返回首页",
  },
  en: {
    brand: "Sheet music codes",
    dashboard: "Overview",
    codes: "Codes",
    add: "Add codes",
    importCsv: "Import CSV",
    exportCsv: "Export CSV",
    docs: "API documents",
    signIn: "Sign in",
    signOut: "Sign out",
    username: "User name",
    password: "Password",
    wrongPassword: "The user name or the password is wrong.",
    locked: (minutes) => `Too many wrong passwords. Try again in ${minutes} minutes.`,
    incomplete: "Enter your user name and password.",
    total: "Codes",
    rate: "Activation rate",
    scansToday: "Scans today",
    scansByDay: "Scans by day",
    latest: "Latest codes",
    allCodes: "Show all",
    noCodes: "There are no codes yet.",
    lastDays: (days) => `The last ${days} days (UTC)`,
    day: "Day",
    scans: "Scans",
    invalid: "Invalid",
    activations: "Activated",
    search: "Search",
    searchHint: "Part of a code",
    status: "Status",
    sort: "Sort by",
    order: "Order",
    descending: "Descending",
    ascending: "Ascending",
    perPage: "Per page",
    apply: "Apply",
    found: (count) => `${count} codes`,
    foundAtLeast: (count) => `At least ${count} codes`,
    nothing: "No codes match the filter.",
    code: "Code",
    select: (code) => `Select ${code}`,
    selectAll: "Select this page",
    sheet: "A4 sheet of QR codes",
    sheetSelected: "Print selected (A4 PDF)",
    pageOf: (page, pages) => `Page ${page} of ${pages}`,
    next: "Next",
    previous: "Previous",
    statuses: { all: "All", activated: "Activated", unactivated: "Not activated", revoked: "Revoked" },
    orders: {
      created_date: "Created",
      code: "Code",
      activation_date: "Activated",
      query_count: "Scans",
      last_query_date: "Last scan",
    },
    pasteTitle: "Add codes you have",
    pasteHint: "One code per line, each with 12 letters and digits, at most 5,000 codes.",
    generateTitle: "Generate new codes",
    generateHint:
      "The codes do not contain characters that are easily confused (I, O, 0, 1). At most 5,000 codes.",
    count: "Quantity",
    addThese: "Add",
    generate: "Generate",
    importTitle: "Import from CSV",
    importHint:
      "The file needs a column code and may have a column created_date. Without a header, the first column is the code. At most 50,000 rows and 4 MB.",
    file: "CSV file",
    upload: "Import",
    badFile: {
      encoding: "This file cannot be read: save it as CSV in UTF-8, UTF-16 or GB18030 (GBK).",
      no_codes: "This file cannot be read: it has no codes.",
      too_many_rows: "This file cannot be read: it has more than 50,000 rows.",
    },
    badDates: (count) =>
      `Nothing was imported: ${count} ${count === 1 ? "date" : "dates"} cannot be read. Write 2026-01-05 or 2026-01-05 12:00:00.`,
    badDate: {
      unreadable: (row, text) => `Row ${row}, created_date: “${text}” is not a date`,
      ambiguous: (row, text) => `Row ${row}, created_date: “${text}” may be month/day or day/month`,
    },
    added: (count) => `${count} added`,
    existing: (count) => `${count} already exist`,
    malformed: (count) => `${count} malformed`,
    failedCodes: (count) => `${count} could not be saved, please try again`,
    printThese: "Print these codes",
    qr: "QR code",
    localhostHint:
      "The address in this QR code works only on this computer. Open this page by its network address, or set PUBLIC_ORIGIN.",
    localhostPrint:
      "QR codes printed now work only on this computer. Before you print, open this page by its network address, or set PUBLIC_ORIGIN.",
    activatedBy: "Activation",
    address: "Address",
    country: "Country",
    userAgent: "Device",
    revokedAt: "Revoked",
    copy: "Copy",
    copied: "Copied",
    revoke: "Revoke",
    revokeNow: "Revoke now",
    revokeNote: "Scans will show that the code is not genuine. You can restore the code later.",
    restore: "Restore",
    remove: "Delete",
    removeNote: "This deletes the code and its history. It cannot be undone.",
    removeForGood: "Delete permanently",
    history: "Scan history",
    noHistory: "This code has not been scanned yet.",
    time: "Time",
    times: "Scans",
    older: "Older scans",
    newest: "Newest scans",
    errorTitle: "Something went wrong",
    notFound: "This page does not exist",
    errors: {
      code_unknown: "This code does not exist",
      code_malformed: "This is not a valid code",
      rate_limited: "Too many requests. Please try again later.",
      origin_forbidden: "The request came from another site and was refused.",
      body_too_large: "The upload is too large.",
      invalid_request: "The request has an invalid value.",
      storage_failed: "The database could not save the change. Please try again later.",
    },
    askWith: "If you need help, please give us this id:",
    home: "Home",
  },
};
