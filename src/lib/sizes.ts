export const KIB = 1_024;
export const MIB = 1_024 * KIB;
export const GIB = 1_024 * MIB;

/** Formats a size in mebibytes (1,048,576 bytes), with the unit MB that the API documents use. */
export const megabytes = (bytes: number): string => `${bytes / MIB} MB`;

/** Formats a size in gibibytes. */
export const gibibytes = (bytes: number): string => `${bytes / GIB} GiB`;
