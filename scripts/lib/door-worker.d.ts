declare const door: {
  fetch(
    request: Request,
    env: {
      FILE_PATHS: string[];
      FILES: { fetch(request: Request): Response | Promise<Response> };
      WORKER: { fetch(request: Request): Response | Promise<Response> };
    },
  ): Response | Promise<Response>;
};
export default door;
