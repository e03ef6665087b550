/* touch.ts - a touch keyboard covers half of the widget and has no Shift+Enter: it is not called up, and Enter is a new line. */
export const isTouch = (): boolean => matchMedia('(pointer: coarse)').matches
