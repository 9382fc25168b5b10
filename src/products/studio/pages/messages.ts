import type { Translated } from "../../../ui/i18n.ts";

export interface StudioMessages {
  readonly brand: string;
  readonly lead: string;
  readonly notFound: string;

  readonly signOut: string;

  readonly tabs: Readonly<Record<"create" | "works" | "square" | "assistant" | "account" | "admin", string>>;

  readonly image: string;
  readonly video: string;
  readonly all: string;
  readonly prompt: string;
  readonly promptHint: string;
  readonly negativePrompt: string;
  readonly style: string;
  readonly model: string;
  readonly modelDefault: string;
  readonly size: string;
  readonly count: string;
  readonly seed: string;
  readonly seconds: string;
  readonly resolution: string;
  readonly beginWith: string;
  readonly strength: string;
  readonly more: string;
  readonly generate: string;
  readonly costs: (credits: number) => string;
  readonly underWay: string;
  readonly nothingUnderWay: string;
  readonly cancel: string;
  readonly live: string;
  readonly notLive: string;
  readonly paused: string;
  /** Shown when the account has too many pages open. */
  readonly displaced: string;
  readonly resume: string;

  readonly status: Readonly<Record<"processing" | "completed" | "failed" | "cancelled", string>>;
  readonly noWorks: string;
  readonly open: string;
  readonly close: string;
  readonly rename: string;
  readonly newTitle: string;
  readonly download: string;
  readonly publish: string;
  readonly unpublish: string;
  readonly remove: string;
  readonly removeSure: string;
  readonly loadMore: string;

  readonly hot: string;
  readonly latest: string;
  readonly favorites: string;
  readonly like: string;
  readonly favorite: string;
  readonly report: string;
  readonly reportWhy: string;
  readonly reported: string;
  readonly plays: (count: number) => string;
  readonly by: string;
  readonly emptySquare: string;

  readonly newChat: string;
  readonly message: string;
  readonly send: string;
  readonly stop: string;
  readonly usePrompt: string;
  readonly you: string;
  readonly assistant: string;
  readonly noChat: string;

  readonly power: string;
  readonly remaining: string;
  readonly used: string;
  readonly plan: string;
  readonly free: string;
  readonly vipUntil: (day: string) => string;
  readonly recharge: string;
  readonly credits: string;
  readonly buyVip: string;
  readonly months: string;
  readonly payBy: string;
  readonly pay: string;
  readonly paid: string;
  readonly scanToPay: string;

  readonly providers: string;
  readonly servedBy: (model: string) => string;
  readonly save: string;
  readonly saved: string;
  readonly kind: string;
  readonly custom: string;
  readonly addProvider: string;
  readonly name: string;
  readonly address: string;
  readonly key: string;
  readonly test: string;
  readonly reachable: (ms: number, models: number) => string;
  readonly unreachable: string;
  readonly reports: string;
  readonly noReports: string;
  readonly takeDown: string;
  readonly putUp: string;
  readonly kinds: Readonly<Record<"image" | "video" | "assistant", string>>;
}

export const STUDIO_MESSAGES: Translated<StudioMessages> = {
  "zh-CN": {
    brand: "创作工作室",
    lead: "用文字生成图片和视频，整理作品，到广场上分享。",
    notFound: "页面不存在",
    signOut: "退出登录",
    tabs: {
      create: "创作",
      works: "作品",
      square: "广场",
      assistant: "助手",
      account: "账户",
      admin: "管理",
    },
    image: "图片",
    video: "视频",
    all: "全部",
    prompt: "提示词",
    promptHint: "描述想要的画面，例如：雨夜街头的橘猫，霓虹灯倒影",
    negativePrompt: "反向提示词",
    style: "风格",
    model: "模型",
    modelDefault: "默认",
    size: "尺寸",
    count: "张数",
    seed: "种子",
    seconds: "时长（秒）",
    resolution: "清晰度",
    beginWith: "参考图片",
    strength: "变化强度",
    more: "更多选项",
    generate: "生成",
    costs: (credits) => `消耗 ${credits} 点算力`,
    underWay: "进行中",
    nothingUnderWay: "还没有任务。生成的内容会实时显示在这里。",
    cancel: "取消",
    live: "实时更新",
    notLive: "正在重新连接…",
    paused: "已暂停更新",
    displaced: "此账号打开的页面超过 50 个，本页已停止实时更新。",
    resume: "在本页继续",
    status: { processing: "生成中", completed: "已完成", failed: "失败", cancelled: "已取消" },
    noWorks: "还没有作品",
    open: "打开",
    close: "关闭",
    rename: "重命名",
    newTitle: "新标题",
    download: "下载",
    publish: "发布到广场",
    unpublish: "从广场撤回",
    remove: "删除",
    removeSure: "确定删除？文件会一并删除。",
    loadMore: "加载更多",
    hot: "热门",
    latest: "最新",
    favorites: "收藏",
    like: "点赞",
    favorite: "收藏",
    report: "举报",
    reportWhy: "举报原因",
    reported: "已举报，谢谢",
    plays: (count) => `${count} 次观看`,
    by: "作者",
    emptySquare: "广场上还没有作品",
    newChat: "新对话",
    message: "想画什么？",
    send: "发送",
    stop: "停止",
    usePrompt: "用作提示词",
    you: "你",
    assistant: "助手",
    noChat: "问问助手怎样把想法写成提示词。",
    power: "算力",
    remaining: "剩余",
    used: "已用",
    plan: "套餐",
    free: "免费",
    vipUntil: (day) => `VIP，至 ${day}`,
    recharge: "充值算力",
    credits: "点数",
    buyVip: "开通 VIP",
    months: "月数",
    payBy: "支付方式",
    pay: "支付",
    paid: "支付成功",
    scanToPay: "请用微信扫码支付：",
    providers: "服务商",
    servedBy: (model) => `当前由 ${model} 提供`,
    save: "保存",
    saved: "已保存",
    kind: "用途",
    custom: "自定义服务商",
    addProvider: "添加服务商",
    name: "名称",
    address: "接口地址",
    key: "密钥",
    test: "测试连接",
    reachable: (ms, models) => `连接正常，${ms} 毫秒，${models} 个模型`,
    unreachable: "无法连接",
    reports: "举报",
    noReports: "没有待处理的举报",
    takeDown: "下架",
    putUp: "恢复",
    kinds: { image: "图片", video: "视频", assistant: "助手" },
  },
  en: {
    brand: "Studio",
    lead: "Create images and videos from text, manage your works, and share them on the square.",
    notFound: "This page does not exist",
    signOut: "Sign out",
    tabs: {
      create: "Create",
      works: "Works",
      square: "Square",
      assistant: "Assistant",
      account: "Account",
      admin: "Administration",
    },
    image: "Image",
    video: "Video",
    all: "All",
    prompt: "Prompt",
    promptHint: "Describe what you want to see: an orange cat in a rainy street at night, neon reflections",
    negativePrompt: "Negative prompt",
    style: "Style",
    model: "Model",
    modelDefault: "Default",
    size: "Size",
    count: "Images",
    seed: "Seed",
    seconds: "Seconds",
    resolution: "Resolution",
    beginWith: "Start from a picture",
    strength: "Strength",
    more: "More options",
    generate: "Generate",
    costs: (credits) => (credits === 1 ? "Costs 1 credit" : `Costs ${credits} credits`),
    underWay: "In progress",
    nothingUnderWay: "No tasks yet. Your images and videos appear here while they are generated.",
    cancel: "Cancel",
    live: "Live",
    notLive: "Connecting…",
    paused: "Paused",
    displaced: "This account has more than 50 pages open, so this one no longer updates live.",
    resume: "Continue on this page",
    status: { processing: "In progress", completed: "Done", failed: "Failed", cancelled: "Cancelled" },
    noWorks: "No works yet",
    open: "Open",
    close: "Close",
    rename: "Rename",
    newTitle: "New title",
    download: "Download",
    publish: "Show on the square",
    unpublish: "Remove from the square",
    remove: "Delete",
    removeSure: "Delete this? Its files are deleted too.",
    loadMore: "Load more",
    hot: "Hot",
    latest: "Latest",
    favorites: "Favourites",
    like: "Like",
    favorite: "Add to favourites",
    report: "Report",
    reportWhy: "Why do you report this work?",
    reported: "Reported, thank you",
    plays: (count) => (count === 1 ? "1 view" : `${count} views`),
    by: "by",
    emptySquare: "There are no works on the square yet",
    newChat: "New conversation",
    message: "What would you like to see?",
    send: "Send",
    stop: "Stop",
    usePrompt: "Use as prompt",
    you: "You",
    assistant: "Assistant",
    noChat: "Ask how to turn an idea into a prompt.",
    power: "Computing power",
    remaining: "Remaining",
    used: "Used",
    plan: "Plan",
    free: "Free",
    vipUntil: (day) => `VIP until ${day}`,
    recharge: "Buy computing power",
    credits: "Credits",
    buyVip: "Become VIP",
    months: "Months",
    payBy: "Payment method",
    pay: "Pay",
    paid: "Payment successful",
    scanToPay: "Scan this code with WeChat to pay:",
    providers: "Providers",
    servedBy: (model) => `Currently served by ${model}`,
    save: "Save",
    saved: "Saved",
    kind: "Used for",
    custom: "Custom providers",
    addProvider: "Add a provider",
    name: "Name",
    address: "API address",
    key: "API key",
    test: "Test the connection",
    reachable: (ms, models) => `The connection works: ${ms} ms, ${models} models`,
    unreachable: "The provider cannot be reached",
    reports: "Reports",
    noReports: "There are no reports",
    takeDown: "Take down",
    putUp: "Restore",
    kinds: { image: "Images", video: "Videos", assistant: "Assistant" },
  },
};
