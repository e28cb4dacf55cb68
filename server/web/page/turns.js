// One thing at a time: what is newer ends what is older.

const PATIENCE_MS = 150; // what is faster needs no sign that something is being done

export class Turns {
  /** @param showWorking told when something takes its time, and when it does not any more */
  constructor(showWorking) {
    this.showWorking = showWorking;
    this.running = null;
  }

  /** Do something, work(signal); null comes of it when something newer has begun, or it was stopped. */
  async take(work) {
    this.stop();
    const running = new AbortController();
    this.running = running;
    const patience = setTimeout(() => this.showWorking(true), PATIENCE_MS);
    try {
      const found = await work(running.signal);
      return this.running === running ? found : null;
    } catch (error) {
      if (error.name === "AbortError" || this.running !== running) return null;
      throw error;
    } finally {
      clearTimeout(patience);
      if (this.running === running) {
        this.running = null;
        this.showWorking(false);
      }
    }
  }

  /** End what is being done; whether anything was. */
  stop() {
    this.running?.abort();
    return this.running !== null;
  }
}
