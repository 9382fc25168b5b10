export const negotiateLanguage = (_: string | undefined): "zh-CN" | "en" => "en";
