import type { Page } from "@playwright/test";

/** How fluent a page was. */
export interface Fluency {
  /** From frame to frame, in ms. */
  frames: number[];
  /** Tasks of 50 ms and more, in ms. */
  longTasks: number[];
}

/** From here on watches frames and long tasks; the returned function ends that and tells. */
export async function watchFrames(page: Page): Promise<() => Promise<Fluency>> {
  const watched = await page.evaluateHandle(() => {
    const watched = { frames: [] as number[], longTasks: [] as number[], stop: false };
    const observer = new PerformanceObserver((list) => {
      for (const task of list.getEntries()) watched.longTasks.push(task.duration);
      if (watched.stop) observer.disconnect();
    });
    observer.observe({ type: "longtask" });
    let before = performance.now();
    const frame = () => {
      const now = performance.now();
      watched.frames.push(now - before);
      before = now;
      if (!watched.stop) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    return watched;
  });
  return () =>
    watched.evaluate(async (watched) => {
      // The task under way is told of after it has ended.
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      watched.stop = true;
      return { frames: watched.frames, longTasks: watched.longTasks };
    });
}
