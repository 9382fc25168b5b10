import type { Translated } from "../../../ui/i18n.ts";

export interface MeetingText {
  readonly brand: string;
  readonly lead: string;
  readonly loading: string;
  readonly needsScript: string;
  readonly notFound: string;
  readonly somethingWrong: string;
  readonly askWith: string;
  readonly offline: string;

  readonly newMeeting: string;
  readonly title: string;
  readonly create: string;
  readonly joinByCode: string;
  readonly code: string;
  readonly go: string;
  readonly yourMeetings: string;
  readonly allowGuests: string;

  readonly signIn: string;
  readonly signOut: string;
  readonly username: string;
  readonly password: string;
  readonly asGuest: string;
  readonly yourName: string;
  readonly asAccount: string;
  readonly meetingPassword: string;
  readonly join: string;
  readonly preview: string;
  readonly noDevices: string;

  readonly mute: string;
  readonly unmute: string;
  readonly cameraOff: string;
  readonly cameraOn: string;
  readonly share: string;
  readonly stopSharing: string;
  readonly raiseHand: string;
  readonly lowerHand: string;
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
  readonly muted: string;
  readonly connecting: string;
  readonly reconnecting: string;
  readonly tooMany: string;
  readonly audioOnly: string;

  readonly people: string;
  readonly kick: string;
  readonly kickSure: string;
  readonly chat: string;
  readonly message: string;
  readonly send: string;
  readonly files: string;
  readonly shareFile: string;
  readonly noFiles: string;
  readonly filesNeedAccount: string;
  readonly invite: string;

  readonly ended: string;
  readonly youLeft: string;
  readonly kicked: string;
  readonly elsewhere: string;
  readonly again: string;
}

export const MEETING_TEXT: Translated<MeetingText> = {
  "zh-CN": {
    brand: "会议",
    lead: "在浏览器里开视频会议。",
    loading: "正在加载…",
    needsScript: "此页面需要启用 JavaScript。",
    notFound: "会议不存在",
    somethingWrong: "出错了",
    askWith: "如需帮助，请提供编号",
    offline: "连接失败，请检查网络后重试",
    newMeeting: "新会议",
    title: "会议主题",
    create: "创建并进入",
    joinByCode: "加入会议",
    code: "会议码",
    go: "前往",
    yourMeetings: "我的会议",
    allowGuests: "允许访客加入",
    signIn: "登录",
    signOut: "退出登录",
    username: "用户名或邮箱",
    password: "密码",
    asGuest: "以访客身份加入",
    yourName: "你的名字",
    asAccount: "用账号登录",
    meetingPassword: "会议密码（如有）",
    join: "加入会议",
    preview: "设备预览",
    noDevices: "没有可用的摄像头或麦克风，你仍可以收看和聊天。",
    mute: "静音",
    unmute: "取消静音",
    cameraOff: "关闭摄像头",
    cameraOn: "打开摄像头",
    share: "共享屏幕",
    stopSharing: "停止共享",
    raiseHand: "举手",
    lowerHand: "放下",
    leave: "离开",
    end: "结束会议",
    endSure: "为所有人结束会议？",
    record: "录制",
    stopRecording: "停止录制",
    recorded: "录制已保存到会议文件",
    uploading: "正在上传录制…",
    savedHere: "录制没有传上去，已保存到这台设备",
    you: "你",
    host: "主持人",
    muted: "已静音",
    connecting: "正在连接…",
    reconnecting: "连接中断，正在重新连接…",
    tooMany: "人数超过 6 人，每位参会者都要向其他人发送画面，可能卡顿。",
    audioOnly: "仅使用语音",
    people: "参会者",
    kick: "移出",
    kickSure: "移出后不能再加入，确定？",
    chat: "聊天",
    message: "输入消息",
    send: "发送",
    files: "文件",
    shareFile: "分享文件",
    noFiles: "还没有文件",
    filesNeedAccount: "登录后可以查看和分享文件",
    invite: "邀请链接",
    ended: "会议已结束",
    youLeft: "你已离开会议",
    kicked: "主持人已将你移出会议",
    elsewhere: "你已在别处加入此会议",
    again: "重新加入",
  },
  en: {
    brand: "Meeting",
    lead: "Video meetings in the browser.",
    loading: "Loading…",
    needsScript: "This page needs JavaScript.",
    notFound: "There is no such meeting",
    somethingWrong: "Something went wrong",
    askWith: "To ask about it, give this number:",
    offline: "Nobody answers. Check your connection and try again.",
    newMeeting: "New meeting",
    title: "Title",
    create: "Create and enter",
    joinByCode: "Join a meeting",
    code: "Meeting code",
    go: "Go",
    yourMeetings: "Your meetings",
    allowGuests: "Guests may join",
    signIn: "Sign in",
    signOut: "Sign out",
    username: "Username or e-mail",
    password: "Password",
    asGuest: "Join as a guest",
    yourName: "Your name",
    asAccount: "Sign in with an account",
    meetingPassword: "Meeting password, if it has one",
    join: "Join the meeting",
    preview: "Preview",
    noDevices: "No camera or microphone here. You can watch and chat all the same.",
    mute: "Mute",
    unmute: "Unmute",
    cameraOff: "Camera off",
    cameraOn: "Camera on",
    share: "Share screen",
    stopSharing: "Stop sharing",
    raiseHand: "Raise hand",
    lowerHand: "Lower hand",
    leave: "Leave",
    end: "End for all",
    endSure: "End the meeting for everybody?",
    record: "Record",
    stopRecording: "Stop recording",
    recorded: "The recording is among the meeting's files",
    uploading: "Uploading the recording…",
    savedHere: "The recording could not be uploaded. It was saved on this device",
    you: "You",
    host: "host",
    muted: "muted",
    connecting: "Connecting…",
    reconnecting: "The connection broke off. Reconnecting…",
    tooMany: "More than 6 people: everybody sends their picture to everybody, and it may stutter.",
    audioOnly: "Voice only",
    people: "People",
    kick: "Send away",
    kickSure: "They cannot come back. Send them away?",
    chat: "Chat",
    message: "Your message",
    send: "Send",
    files: "Files",
    shareFile: "Share a file",
    noFiles: "No files yet",
    filesNeedAccount: "Sign in to see and share files",
    invite: "Invitation",
    ended: "The meeting has ended",
    youLeft: "You left the meeting",
    kicked: "The host has sent you away",
    elsewhere: "You joined this meeting somewhere else",
    again: "Join again",
  },
};
