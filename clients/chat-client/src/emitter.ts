/** Listeners of one event. A listener that throws stops neither the others nor the caller. */

export type Unlisten = () => void;

export class Emitter<Event> {
  private readonly listeners = new Set<(event: Event) => void>();

  on(listener: (event: Event) => void): Unlisten {
    // A new function, so that a listener may be added twice.
    const own = (event: Event) => listener(event);
    this.listeners.add(own);
    return () => void this.listeners.delete(own);
  }

  emit(event: Event): void {
    for (const listener of [...this.listeners]) {
      try {
        listener(event);
      } catch (error) {
        // Reported as an uncaught error, as by an EventTarget.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
