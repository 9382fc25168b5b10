import { PDFDocument, type PDFFont, type PDFPage, rgb, StandardFonts } from "@cantoo/pdf-lib";
import { qrModules, verifyUrl } from "./qr-code.ts";

const MM = 72 / 25.4;
const PAGE = { width: 210 * MM, height: 297 * MM };
const COLUMNS = 4;
const ROWS = 6;
const MARGIN = 10 * MM;
const CELL = { width: (PAGE.width - 2 * MARGIN) / COLUMNS, height: (PAGE.height - 2 * MARGIN) / ROWS };
/** At this size a module is about 0.8 mm, which phones can read at arm's length. */
const SYMBOL = 32 * MM;
const LABEL_SIZE = 9;
const BLACK = rgb(0, 0, 0);
const CUT_LINE = rgb(0.8, 0.8, 0.8);

/** Builds A4 pages of QR codes to print and cut: 24 per page, each with its code as text below. */
export const codeSheet = async (
  origin: string,
  codes: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> => {
  const document = await PDFDocument.create();
  document.setTitle("Authorization codes");
  document.setCreator("Ensemble");
  const font = await document.embedFont(StandardFonts.CourierBold);
  const perPage = COLUMNS * ROWS;
  for (let first = 0; first < codes.length; first += perPage) {
    const page = document.addPage([PAGE.width, PAGE.height]);
    drawCutLines(page);
    codes.slice(first, first + perPage).forEach((code, i) => {
      const x = MARGIN + (i % COLUMNS) * CELL.width;
      const y = PAGE.height - MARGIN - (Math.floor(i / COLUMNS) + 1) * CELL.height;
      drawCode(page, font, x, y, verifyUrl(origin, code), code);
    });
  }
  return (await document.save()) as Uint8Array<ArrayBuffer>;
};

const drawCutLines = (page: PDFPage): void => {
  for (let column = 0; column <= COLUMNS; column++) {
    const x = MARGIN + column * CELL.width;
    page.drawLine({
      start: { x, y: MARGIN },
      end: { x, y: PAGE.height - MARGIN },
      color: CUT_LINE,
      thickness: 0.4,
    });
  }
  for (let row = 0; row <= ROWS; row++) {
    const y = MARGIN + row * CELL.height;
    page.drawLine({
      start: { x: MARGIN, y },
      end: { x: PAGE.width - MARGIN, y },
      color: CUT_LINE,
      thickness: 0.4,
    });
  }
};

const drawCode = (page: PDFPage, font: PDFFont, x: number, y: number, url: string, code: string): void => {
  const label = code.replace(/(.{4})(?=.)/g, "$1 ");
  const left = x + (CELL.width - SYMBOL) / 2;
  const bottom = y + (CELL.height - SYMBOL) / 2 + 3 * MM;
  page.drawSvgPath(symbolPath(url), { x: left, y: bottom + SYMBOL, color: BLACK, borderWidth: 0 });
  page.drawText(label, {
    x: x + (CELL.width - font.widthOfTextAtSize(label, LABEL_SIZE)) / 2,
    y: bottom - LABEL_SIZE,
    size: LABEL_SIZE,
    font,
    color: BLACK,
  });
};

/** Returns the dark modules as one path. Runs in a row are joined, so that viewers draw no hairlines between them. */
const symbolPath = (text: string): string => {
  const modules = qrModules(text);
  const unit = SYMBOL / modules.length;
  const at = (n: number) => (n * unit).toFixed(3);
  let path = "";
  modules.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      const start = x;
      while (row[x + 1]) x++;
      path += `M${at(start)} ${at(y)}H${at(x + 1)}V${at(y + 1)}H${at(start)}Z`;
    }
  });
  return path;
};
