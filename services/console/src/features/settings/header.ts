// header.ts - what a change stands on: the version its editor saw.
export const onVersion = (version: number): { 'If-Match': string } => ({ 'If-Match': String(version) })
