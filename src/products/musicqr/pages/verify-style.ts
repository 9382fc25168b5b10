/**
 * The complete style of the verification page, sent inline so that a scan in a shop waits for one request, not two.
 * Each pair of colours has a contrast of at least 4.5:1 in both schemes.
 */
export const VERIFY_STYLE = `
:root{color-scheme:light dark;--paper:#faf8f4;--card:#fff;--ink:#1d2422;--muted:#5a6461;--line:#dedad1;--edge:#858d89;
--accent:#1f5f54;--on:#fff;--good:#17613f;--good-soft:#e1f1e7;--bad:#a02b22;--bad-soft:#fbe6e3;--warn:#7a4d05;--warn-soft:#fbf0da}
@media(prefers-color-scheme:dark){:root{--paper:#131816;--card:#1b2220;--ink:#e8ece9;--muted:#a3aeaa;--line:#303936;--edge:#75807c;
--accent:#7fcbb8;--on:#0d1f1a;--good:#86d6a8;--good-soft:#18301f;--bad:#ff9d92;--bad-soft:#3b1b18;--warn:#ecc06a;--warn-soft:#352811}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;background:var(--paper);color:var(--ink);
font:17px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;overflow-wrap:anywhere}
main{width:100%;max-width:440px;padding:24px 16px 48px;display:grid;grid-template-columns:minmax(0,1fr);gap:16px}
header{font-size:15px;color:var(--muted);text-align:center}
.card{background:var(--card);border:1px solid var(--line);border-radius:18px;padding:28px 20px;display:grid;
grid-template-columns:minmax(0,1fr);gap:14px;justify-items:center;text-align:center}
.mark{width:88px;height:88px;border-radius:50%;display:grid;place-items:center}
.mark svg{width:48px;height:48px;fill:none;stroke:currentColor;stroke-width:4;stroke-linecap:round;stroke-linejoin:round}
.good .mark{background:var(--good-soft);color:var(--good)}.bad .mark{background:var(--bad-soft);color:var(--bad)}
.wait .mark{background:var(--warn-soft);color:var(--warn)}
h1{margin:0;font-size:27px;line-height:1.25}.good h1{color:var(--good)}.bad h1{color:var(--bad)}.wait h1{color:var(--warn)}
h2{margin:0;font-size:19px;line-height:1.35}p,form{margin:0}
.pill{background:var(--good-soft);color:var(--good);border-radius:99px;padding:4px 14px;font-weight:600}
.note{color:var(--muted);font-size:15px}.about{text-align:center}
.code{font:600 20px/1.4 ui-monospace,Menlo,Consolas,monospace;letter-spacing:.06em}
dl{margin:0;width:100%;display:grid;grid-template-columns:auto 1fr;gap:8px 16px;border-top:1px solid var(--line);padding-top:14px;text-align:start}
dt{color:var(--muted)}dd{margin:0;text-align:end}
form{display:grid;gap:10px;width:100%;text-align:start}label{font-weight:600}
input{width:100%;min-height:52px;padding:8px 14px;border:1px solid var(--edge);border-radius:12px;background:var(--card);color:var(--ink);
font:600 19px ui-monospace,Menlo,Consolas,monospace;letter-spacing:.06em;text-transform:uppercase}
button,.again{display:flex;align-items:center;justify-content:center;width:100%;min-height:52px;border:1px solid var(--accent);border-radius:12px;
background:var(--accent);color:var(--on);font:600 17px system-ui,sans-serif;text-decoration:none;cursor:pointer}
.again{background:transparent;color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}`;
