import type { Translated } from "../../../ui/i18n.ts";
import { MAX_AUDIO_SIZE } from "../contract/limits.ts";

type Words<T extends string> = Readonly<Record<T, string>>;

export interface ConsoleText {
  readonly title: string;
  readonly lead: string;
  readonly tabs: Words<"tracks" | "keys" | "apps" | "webhooks" | "usage" | "grants">;

  readonly signOut: string;

  readonly name: string;
  readonly create: string;
  readonly save: string;
  readonly edit: string;
  readonly remove: string;
  readonly removeSure: string;
  readonly rotate: string;
  readonly cancel: string;
  readonly copy: string;
  readonly copied: string;
  readonly onlyNow: string;
  readonly done: string;
  readonly more: string;
  readonly nothing: string;
  readonly never: string;
  readonly environment: string;
  readonly environments: Words<"live" | "sandbox">;

  readonly upload: string;
  readonly file: string;
  readonly fileHint: string;
  readonly trackTitle: string;
  readonly titleHint: string;
  readonly description: string;
  readonly genre: string;
  readonly tags: string;
  readonly tagsHint: string;
  readonly visibility: string;
  readonly visibilities: Words<"public" | "private">;
  readonly price: string;
  readonly uploading: string;
  readonly status: Words<"processing" | "ready" | "failed">;
  /** By the reason that the API gives; for another one the page shows the reason itself. */
  readonly failures: Readonly<Record<string, string>>;
  readonly listen: string;
  readonly free: string;
  readonly credits: (count: string) => string;
  readonly sold: (plays: string, sales: string) => string;

  readonly newKey: string;
  readonly keyHint: string;
  readonly keyShown: string;
  readonly scopes: string;
  readonly expires: string;
  readonly inDays: (days: string) => string;
  readonly expiresAt: (time: string) => string;
  readonly lastUsed: (time: string) => string;
  readonly notUsed: string;
  readonly revoke: string;
  readonly revokeSure: string;
  readonly rotateKeySure: string;

  readonly newApp: string;
  readonly redirectUris: string;
  readonly redirectHint: string;
  readonly publicApp: string;
  readonly clientId: string;
  readonly secretShown: string;
  readonly newSecret: string;
  readonly rotateAppSure: string;

  readonly newWebhook: string;
  readonly ofApplication: string;
  readonly address: string;
  readonly events: string;
  readonly enabled: string;
  readonly disabled: Words<"owner" | "gone" | "failing">;
  readonly enable: string;
  readonly disable: string;
  readonly test: string;
  readonly testSent: string;
  readonly log: string;
  readonly refresh: string;
  readonly deliveries: Words<"pending" | "delivered" | "failed">;
  readonly attempts: (count: string) => string;
  readonly next: (time: string) => string;
  readonly again: string;
  readonly details: string;
  readonly noAnswer: string;
  readonly milliseconds: (count: string) => string;
  readonly recover: string;
  readonly recoverSince: string;
  readonly recovered: (count: string) => string;
  readonly rotateWebhookSure: string;

  readonly days: (count: string) => string;
  readonly period: string;
  readonly calls: string;
  readonly failed: string;
  readonly callsByDay: string;
  readonly calledWith: string;
  readonly ownSession: string;

  readonly grantsLead: string;
  readonly letInAt: (time: string) => string;
  readonly endGrant: string;
  readonly endGrantSure: string;
}

/** The messages of the developer console. */
export const CONSOLE_MESSAGES: Translated<ConsoleText> = {
  "zh-CN": {
    title: "开发者控制台",
    lead: "管理您的音频、API 密钥、应用和 Webhook。",
    tabs: {
      tracks: "音频",
      keys: "API 密钥",
      apps: "应用",
      webhooks: "Webhook",
      usage: "用量",
      grants: "已授权应用",
    },
    signOut: "退出登录",
    name: "名称",
    create: "创建",
    save: "保存",
    edit: "修改",
    remove: "删除",
    removeSure: "确定删除？此操作无法撤销。",
    rotate: "更换",
    cancel: "取消",
    copy: "复制",
    copied: "已复制",
    onlyNow: "请立即保存，之后将无法再次查看。",
    done: "已保存好",
    more: "加载更多",
    nothing: "还没有内容",
    never: "永不过期",
    environment: "环境",
    environments: { live: "正式", sandbox: "沙盒" },
    upload: "上传音频",
    file: "文件",
    fileHint: `MP3、WAV、FLAC 或 AAC，最多 ${MAX_AUDIO_SIZE}`,
    trackTitle: "标题",
    titleHint: "默认为文件名",
    description: "描述",
    genre: "流派",
    tags: "标签",
    tagsHint: "用逗号分隔",
    visibility: "可见性",
    visibilities: { public: "公开", private: "仅自己" },
    price: "价格（积分，0 为免费）",
    uploading: "正在上传",
    status: { processing: "处理中", ready: "可播放", failed: "失败" },
    failures: {
      undecodable: "无法解码此文件",
      too_long: "音频时长超出可分析的上限",
      internal: "服务器处理失败",
    },
    listen: "试听",
    free: "免费",
    credits: (count) => `${count} 积分`,
    sold: (plays, sales) => `${plays} 次播放，${sales} 次售出`,
    newKey: "新建密钥",
    keyHint: "用于服务器之间的调用。沙盒密钥只能看到沙盒数据。",
    keyShown: "您的新密钥",
    scopes: "权限",
    expires: "有效期",
    inDays: (days) => `${days} 天`,
    expiresAt: (time) => `${time} 到期`,
    lastUsed: (time) => `最近使用：${time}`,
    notUsed: "尚未使用",
    revoke: "吊销",
    revokeSure: "确定吊销？使用此密钥的程序将立即失效。",
    rotateKeySure: "生成新密钥？旧密钥还能使用一天。",
    newApp: "新建应用",
    redirectUris: "回调地址",
    redirectHint: "com.example.app:/callback（原生应用）\n每行一个，须与请求完全一致",
    publicApp: "在浏览器或用户设备上运行（无密钥，使用 PKCE）",
    clientId: "客户端 ID",
    secretShown: "客户端密钥",
    newSecret: "更换密钥",
    rotateAppSure: "生成新的客户端密钥？旧密钥立即失效。",
    newWebhook: "新建 Webhook",
    ofApplication: "由应用创建：",
    address: "地址",
    events: "事件",
    enabled: "已启用",
    disabled: { owner: "已停用", gone: "已停用：接收方答复 410", failing: "已停用：连续失败 5 天" },
    enable: "启用",
    disable: "停用",
    test: "发送示例",
    testSent: "示例已发送，请查看投递记录。",
    log: "投递记录",
    refresh: "刷新",
    deliveries: { pending: "等待中", delivered: "已送达", failed: "失败" },
    attempts: (count) => `${count} 次尝试`,
    next: (time) => `下次：${time}`,
    again: "重新投递",
    details: "详情",
    noAnswer: "无应答",
    milliseconds: (count) => `${count} 毫秒`,
    recover: "重发失败的投递",
    recoverSince: "自此时间起",
    recovered: (count) => `已重发 ${count} 条`,
    rotateWebhookSure: "生成新的签名密钥？24 小时内新旧密钥同时签名。",
    days: (count) => `最近 ${count} 天`,
    period: "时间范围",
    calls: "调用",
    failed: "失败",
    callsByDay: "每日调用次数",
    calledWith: "调用方",
    ownSession: "本人登录",
    grantsLead: "这些应用可以以您的名义访问账户。",
    letInAt: (time) => `授权于 ${time}`,
    endGrant: "撤销授权",
    endGrantSure: "撤销后该应用将立即无法访问您的账户。",
  },
  en: {
    title: "Developer console",
    lead: "Your tracks, API keys, applications and webhooks.",
    tabs: {
      tracks: "Tracks",
      keys: "API keys",
      apps: "Applications",
      webhooks: "Webhooks",
      usage: "Usage",
      grants: "Authorized apps",
    },
    signOut: "Sign out",
    name: "Name",
    create: "Create",
    save: "Save",
    edit: "Edit",
    remove: "Delete",
    removeSure: "Delete it? This cannot be undone.",
    rotate: "Rotate",
    cancel: "Cancel",
    copy: "Copy",
    copied: "Copied",
    onlyNow: "Save it now: it is not shown again.",
    done: "I have it",
    more: "Load more",
    nothing: "Nothing here yet",
    never: "Never",
    environment: "Environment",
    environments: { live: "Live", sandbox: "Sandbox" },
    upload: "Upload a track",
    file: "File",
    fileHint: `MP3, WAV, FLAC or AAC, at most ${MAX_AUDIO_SIZE}`,
    trackTitle: "Title",
    titleHint: "Default: the file name",
    description: "Description",
    genre: "Genre",
    tags: "Tags",
    tagsHint: "Separated by commas",
    visibility: "Who may hear it",
    visibilities: { public: "Everybody", private: "Only you" },
    price: "Price in credits, 0 is free",
    uploading: "Uploading",
    status: { processing: "Processing", ready: "Ready", failed: "Failed" },
    failures: {
      undecodable: "The file cannot be decoded",
      too_long: "The audio is longer than the server analyses",
      internal: "The server failed to process it",
    },
    listen: "Listen",
    free: "Free",
    credits: (count) => (count === "1" ? "1 credit" : `${count} credits`),
    sold: (plays, sales) =>
      `${plays === "1" ? "1 play" : `${plays} plays`}, ${sales === "1" ? "1 sale" : `${sales} sales`}`,
    newKey: "New key",
    keyHint: "For calls from server to server. A sandbox key sees sandbox data only.",
    keyShown: "Your new key",
    scopes: "Scopes",
    expires: "Expires",
    inDays: (days) => `In ${days} days`,
    expiresAt: (time) => `Expires ${time}`,
    lastUsed: (time) => `Last used ${time}`,
    notUsed: "Not used yet",
    revoke: "Revoke",
    revokeSure: "Revoke it? Programs that use this key stop working at once.",
    rotateKeySure: "Create a new key? The old one stays valid for a day.",
    newApp: "New application",
    redirectUris: "Redirect addresses",
    redirectHint: "com.example.app:/callback (native apps)\nOne per line; requests must match exactly",
    publicApp: "Runs in a browser or on a user's device (no secret, PKCE)",
    clientId: "Client ID",
    secretShown: "Client secret",
    newSecret: "Rotate secret",
    rotateAppSure: "Create a new secret? The old one stops working at once.",
    newWebhook: "New webhook",
    ofApplication: "Created by the application",
    address: "Address",
    events: "Events",
    enabled: "On",
    disabled: {
      owner: "Off",
      gone: "Off: the receiver answered 410",
      failing: "Off: deliveries failed for 5 days",
    },
    enable: "Switch on",
    disable: "Switch off",
    test: "Send an example",
    testSent: "The example was sent: see the deliveries.",
    log: "Deliveries",
    refresh: "Refresh",
    deliveries: { pending: "Waiting", delivered: "Delivered", failed: "Failed" },
    attempts: (count) => (count === "1" ? "1 attempt" : `${count} attempts`),
    next: (time) => `next ${time}`,
    again: "Send again",
    details: "Details",
    noAnswer: "no answer",
    milliseconds: (count) => `${count} ms`,
    recover: "Resend failed deliveries",
    recoverSince: "Since",
    recovered: (count) => (count === "1" ? "1 is sent again" : `${count} are sent again`),
    rotateWebhookSure: "Create a new secret? Deliveries are signed with both secrets for 24 hours.",
    days: (count) => `${count} days`,
    period: "Period",
    calls: "Calls",
    failed: "Failed",
    callsByDay: "Calls by day",
    calledWith: "Credential",
    ownSession: "Your own sign-in",
    grantsLead: "These applications may use your account in your name.",
    letInAt: (time) => `Authorized ${time}`,
    endGrant: "End its access",
    endGrantSure: "The application loses its access at once.",
  },
};
