import type { Translated } from "../../../ui/i18n.ts";

export interface MeetingMessages {
  readonly brand: string;
  readonly lead: string;
  readonly notFound: string;

  readonly newMeeting: string;
  readonly title: string;
  readonly create: string;
  readonly joinByCode: string;
  readonly code: string;
  readonly go: string;
  readonly yourMeetings: string;
  readonly noMeetings: string;
  readonly statuses: Readonly<Record<"scheduled" | "ongoing" | "ended" | "cancelled", string>>;
  readonly allowGuests: string;

  readonly signOut: string;
  readonly asGuest: string;
  readonly yourName: string;
  readonly asAccount: string;
  readonly meetingPassword: string;
  readonly join: string;
  readonly preview: string;
  readonly noDevices: string;
  readonly allowDevices: string;
  readonly microphone: string;
  readonly camera: string;
  readonly noMicrophone: string;
  readonly noCamera: string;

  readonly mute: string;
  readonly unmute: string;
  readonly cameraOff: string;
  readonly cameraOn: string;
  readonly share: string;
  readonly stopSharing: string;
  readonly raiseHand: string;
  readonly lowerHand: string;
  readonly handRaised: string;
  readonly leave: string;
  readonly end: string;
  readonly endSure: string;
  readonly record: string;
  readonly stopRecording: string;
  readonly recorded: string;
  readonly uploading: string;
  readonly savedHere: string;
  readonly you: string;
  readonly host: string;
  readonly guest: string;
  readonly muted: string;
  readonly reconnecting: string;
  readonly tooMany: string;
  readonly audioOnly: string;

  readonly people: string;
  readonly noOthers: string;
  readonly kick: string;
  readonly kickSure: string;
  readonly chat: string;
  readonly message: string;
  readonly send: string;
  readonly notSent: string;
  readonly files: string;
  readonly shareFile: string;
  readonly noFiles: string;
  readonly filesNeedAccount: string;
  readonly invite: string;
  readonly copy: string;
  readonly copied: string;

  readonly ended: string;
  readonly youLeft: string;
  readonly kicked: string;
  readonly elsewhere: string;
  readonly again: string;
  readonly toHome: string;

  /** Messages by error code. For any other code the page shows the message of the API. */
  readonly errors: Readonly<Record<number, string>>;
}

export const MEETING_MESSAGES: Translated<MeetingMessages> = {
  "zh-CN": {
    brand: "会议",
    lead: "在浏览器里开视频会议。",
    notFound: "会议不存在",
    newMeeting: "新会议",
    title: "会议主题",
    create: "创建并进入",
    joinByCode: "加入会议",
    code: "会议码",
    go: "前往",
    yourMeetings: "我的会议",
    noMeetings: "还没有会议",
    statuses: { scheduled: "未开始", ongoing: "进行中", ended: "已结束", cancelled: "已取消" },
    allowGuests: "允许访客加入",
    signOut: "退出登录",
    asGuest: "以访客身份加入",
    yourName: "你的名字",
    asAccount: "用账号登录",
    meetingPassword: "会议密码（如有）",
    join: "加入会议",
    preview: "设备预览",
    noDevices: "没有可用的摄像头或麦克风，你仍可以收看和聊天。",
    allowDevices: "请在浏览器中允许使用摄像头和麦克风，也可以直接加入。",
    microphone: "麦克风",
    camera: "摄像头",
    noMicrophone: "没有麦克风，或者浏览器没有允许使用。",
    noCamera: "没有摄像头，或者浏览器没有允许使用。",
    mute: "静音",
    unmute: "取消静音",
    cameraOff: "关闭摄像头",
    cameraOn: "打开摄像头",
    share: "共享屏幕",
    stopSharing: "停止共享",
    raiseHand: "举手",
    lowerHand: "放下",
    handRaised: "举手",
    leave: "离开",
    end: "结束会议",
    endSure: "为所有人结束会议？",
    record: "录制",
    stopRecording: "停止录制",
    recorded: "录制已保存到会议文件",
    uploading: "正在上传录制…",
    savedHere: "录制未能上传，已保存到此设备。",
    you: "你",
    host: "主持人",
    guest: "访客",
    muted: "已静音",
    reconnecting: "连接中断，正在重新连接…",
    tooMany: "人数超过 6 人，每位参会者都要向其他人发送画面，可能卡顿。",
    audioOnly: "仅使用语音",
    people: "参会者",
    noOthers: "还没有其他人",
    kick: "移出",
    kickSure: "移出后不能再加入，确定？",
    chat: "聊天",
    message: "输入消息",
    send: "发送",
    notSent: "连接中断，消息没有发出，请稍后再试。",
    files: "文件",
    shareFile: "分享文件",
    noFiles: "还没有文件",
    filesNeedAccount: "登录后可以查看和分享文件",
    invite: "邀请链接",
    copy: "复制",
    copied: "已复制",
    ended: "会议已结束",
    youLeft: "你已离开会议",
    kicked: "主持人已将你移出会议",
    elsewhere: "你已在其他窗口或设备上加入此会议",
    again: "重新加入",
    toHome: "返回会议首页",
    errors: {
      401: "请先登录",
      403: "你不能加入或进行此操作",
      404: "没有找到",
      409: "目前不能进行此操作",
      413: "文件太大",
      429: "操作太频繁，请稍后再试",
      500: "服务器出错了，请稍后再试",
      503: "服务暂时不可用，请稍后再试",
      1001: "用户名已被使用",
      1002: "邮箱已被使用",
      1003: "用户不存在",
      1004: "用户名或密码不正确",
      2001: "会议不存在",
      2002: "会议已结束",
      2003: "会议人数已满",
      2004: "会议密码不正确",
      3001: "文件无法上传",
      3002: "文件不存在",
    },
  },
  en: {
    brand: "Meeting",
    lead: "Video meetings in the browser.",
    notFound: "This meeting does not exist",
    newMeeting: "New meeting",
    title: "Title",
    create: "Create and enter",
    joinByCode: "Join a meeting",
    code: "Meeting code",
    go: "Go",
    yourMeetings: "Your meetings",
    noMeetings: "No meetings yet",
    statuses: { scheduled: "scheduled", ongoing: "in progress", ended: "ended", cancelled: "cancelled" },
    allowGuests: "Guests may join",
    signOut: "Sign out",
    asGuest: "Join as a guest",
    yourName: "Your name",
    asAccount: "Sign in with an account",
    meetingPassword: "Meeting password, if it has one",
    join: "Join the meeting",
    preview: "Preview",
    noDevices: "No camera or microphone is available. You can still watch and chat.",
    allowDevices: "Allow the browser to use your camera and microphone, or join without them.",
    microphone: "Microphone",
    camera: "Camera",
    noMicrophone: "No microphone was found, or the browser is not allowed to use it.",
    noCamera: "No camera was found, or the browser is not allowed to use it.",
    mute: "Mute",
    unmute: "Unmute",
    cameraOff: "Camera off",
    cameraOn: "Camera on",
    share: "Share screen",
    stopSharing: "Stop sharing",
    raiseHand: "Raise hand",
    lowerHand: "Lower hand",
    handRaised: "hand raised",
    leave: "Leave",
    end: "End for all",
    endSure: "End the meeting for everyone?",
    record: "Record",
    stopRecording: "Stop recording",
    recorded: "The recording is saved in the meeting's files",
    uploading: "Uploading the recording…",
    savedHere: "The recording could not be uploaded. It is saved on this device.",
    you: "You",
    host: "host",
    guest: "guest",
    muted: "muted",
    reconnecting: "The connection was lost. Reconnecting…",
    tooMany:
      "There are more than 6 people. Each participant sends video to all the others, so the picture may stutter.",
    audioOnly: "Voice only",
    people: "People",
    noOthers: "No other participants yet",
    kick: "Remove",
    kickSure: "They cannot join again after this. Remove them from the meeting?",
    chat: "Chat",
    message: "Your message",
    send: "Send",
    notSent: "The connection was lost and your message was not sent. Please try again in a moment.",
    files: "Files",
    shareFile: "Share a file",
    noFiles: "No files yet",
    filesNeedAccount: "Sign in to see and share files",
    invite: "Invitation",
    copy: "Copy",
    copied: "Copied",
    ended: "The meeting has ended",
    youLeft: "You left the meeting",
    kicked: "The host removed you from the meeting",
    elsewhere: "You joined this meeting in another window or on another device",
    again: "Join again",
    toHome: "All meetings",
    errors: {
      401: "Sign in first",
      403: "You are not allowed to join this meeting or to do this",
      429: "Too many requests. Please try again in a moment",
      500: "The server has a problem. Please try again in a moment",
      503: "The service is not available at the moment. Please try again later",
    },
  },
};
