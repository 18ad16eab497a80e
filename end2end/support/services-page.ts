import { type Locator, type Page, expect } from "@playwright/test";

export type Cell = "status" | "service" | "details" | "interval" | "last-run" | "last-seen" | "actions";

/** The services page as a test speaks of it. */
export class ServicesPage {
  constructor(readonly page: Page) {}

  row(service: string): Locator {
    return this.page.locator(`tr[data-service="${service}"]`);
  }

  cell(service: string, name: Cell): Locator {
    return this.row(service).locator(`[data-cell="${name}"]`);
  }

  /** The indicator in the header. */
  get connection(): Locator {
    return this.page.locator("[data-connection]").first();
  }

  async isConnected(withinMs = 10_000): Promise<void> {
    await this.shows("connected", withinMs);
    await expect(this.connection).toContainText("Connected");
  }

  async shows(connection: string, withinMs: number): Promise<void> {
    await expect(this.connection).toHaveAttribute("data-connection", connection, { timeout: withinMs });
  }

  /** Marks this load of the page, so that `wasNotReloaded` can tell. */
  async markLoad(): Promise<void> {
    await this.page.evaluate(() => Object.assign(window, { loadedOnce: true }));
  }

  async wasNotReloaded(): Promise<void> {
    expect(await this.page.evaluate(() => "loadedOnce" in window), "the page was not reloaded").toBe(true);
  }
}
