export {
  type CustomProvider,
  customModelName,
  ProviderConfig,
  ProviderConfigCache,
} from "./provider-config.ts";
