// now.ts - the shared tick, for whatever counts outside the kit.
export { useNow } from '@/ui/now'
