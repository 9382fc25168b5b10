import type { Translated } from "../../../ui/i18n.ts";

interface LoopspaceText {
  readonly brand: string;
  readonly lead: string;
  readonly notFound: string;

  readonly discover: string;
  readonly console: string;
  readonly docs: string;
  readonly upload: string;

  readonly search: string;
  readonly searchFor: string;
  readonly popular: string;
  readonly genres: string;
  readonly allGenres: string;
  readonly found: (count: string) => string;
  readonly nothingFound: string;
  readonly nothingYet: string;
  readonly pages: {
    readonly older: string;
    readonly newer: string;
    readonly of: (page: string, pages: string) => string;
  };

  readonly by: string;
  readonly trackBy: (artist: string) => string;
  readonly cover: (title: string) => string;
  readonly plays: (count: string) => string;
  readonly credits: (count: string) => string;
  readonly tags: string;
  readonly about: string;
  readonly published: string;
  readonly length: string;
  readonly genre: string;
  readonly format: string;
  readonly artist: string;
  readonly album: string;
  readonly waveform: string;
  readonly estimated: string;
  readonly download: string;
  readonly preview: (seconds: string) => string;
  readonly noPreview: string;
  readonly signInToBuy: string;

  readonly joined: string;
  readonly followers: string;
  readonly following: string;
  readonly tracks: string;
  readonly allPlays: string;
  readonly signInToFollow: string;
  readonly noTracks: string;
  readonly profileOf: (name: string, tracks: string) => string;
}

/** The messages of the server-rendered pages. */
export const LOOPSPACE_MESSAGES: Translated<LoopspaceText> = {
  "zh-CN": {
    brand: "Loopspace",
    lead: "上传、收听和分享音频，也可以通过 API 接入。",
    notFound: "没有这个页面",
    discover: "发现",
    console: "控制台",
    docs: "API 文档",
    upload: "登录并上传",
    search: "搜索",
    searchFor: "搜索标题、艺术家、标签",
    popular: "热门音频",
    genres: "流派",
    allGenres: "全部",
    found: (count) => `找到 ${count} 首`,
    nothingFound: "没有找到符合条件的音频",
    nothingYet: "还没有音频。登录后即可上传第一首。",
    pages: {
      older: "下一页",
      newer: "上一页",
      of: (page, pages) => `第 ${page} 页，共 ${pages} 页`,
    },
    by: "作者",
    trackBy: (artist) => `${artist} 的音频`,
    cover: (title) => `《${title}》的封面`,
    plays: (count) => `${count} 次播放`,
    credits: (count) => `${count} 积分`,
    tags: "标签",
    about: "关于这首音频",
    published: "发布时间",
    length: "时长",
    genre: "流派",
    format: "格式",
    artist: "艺术家",
    album: "专辑",
    waveform: "波形",
    estimated: "波形为估算",
    download: "下载",
    preview: (seconds) => `购买前可试听前 ${seconds} 秒。`,
    noPreview: "购买后即可收听。",
    signInToBuy: "登录后购买",
    joined: "加入时间",
    followers: "粉丝",
    following: "关注",
    tracks: "音频",
    allPlays: "播放",
    signInToFollow: "登录后关注",
    noTracks: "还没有公开的音频",
    profileOf: (name, tracks) => `${name} 在 Loopspace，共 ${tracks} 首音频`,
  },
  en: {
    brand: "Loopspace",
    lead: "Upload, play and share audio, here or through the API.",
    notFound: "There is no such page",
    discover: "Discover",
    console: "Console",
    docs: "API documents",
    upload: "Sign in and upload",
    search: "Search",
    searchFor: "Title, artist or tag",
    popular: "Popular tracks",
    genres: "Genres",
    allGenres: "All",
    found: (count) => (count === "1" ? "1 track found" : `${count} tracks found`),
    nothingFound: "No tracks match the search",
    nothingYet: "No tracks yet. Sign in and upload the first one.",
    pages: { older: "Next", newer: "Previous", of: (page, pages) => `Page ${page} of ${pages}` },
    by: "by",
    trackBy: (artist) => `A track by ${artist}`,
    cover: (title) => `Cover of ${title}`,
    plays: (count) => (count === "1" ? "1 play" : `${count} plays`),
    credits: (count) => (count === "1" ? "1 credit" : `${count} credits`),
    tags: "Tags",
    about: "About the track",
    published: "Published",
    length: "Length",
    genre: "Genre",
    format: "Format",
    artist: "Artist",
    album: "Album",
    waveform: "Waveform",
    estimated: "The waveform is an estimate",
    download: "Download",
    preview: (seconds) => `You can listen to the first ${seconds} seconds before you buy it.`,
    noPreview: "This track has no preview. You can listen to it after you buy it.",
    signInToBuy: "Sign in to buy",
    joined: "Joined",
    followers: "Followers",
    following: "Following",
    tracks: "Tracks",
    allPlays: "Plays",
    signInToFollow: "Sign in to follow",
    noTracks: "No public tracks yet",
    profileOf: (name, tracks) => `${name} on Loopspace: ${tracks === "1" ? "1 track" : `${tracks} tracks`}`,
  },
};
