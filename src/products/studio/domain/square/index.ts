export { Square, type SquareCursor, type SquarePost } from "./square.ts";
