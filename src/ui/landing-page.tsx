export const LandingPage = (_: {
  language: string;
  products: readonly { name: string; title: string }[];
}) => (
  <html lang="en">
    <body>Ensemble</body>
  </html>
);
