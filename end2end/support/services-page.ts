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

  /** Waits until discovery and its syncs are over, so that nothing but the test moves the page. */
  async settle(): Promise<void> {
    await expect(this.row("account-discovery").getByText("Idle")).toBeVisible({ timeout: 30_000 });
    // Its first round begins only after that, and until it does nothing waits either.
    await expect(this.cell("balance-sync", "last-run").locator(".next-run")).toBeVisible({ timeout: 30_000 });
    for (const label of ["Priority", "Background"]) {
      const fact = this.cell("balance-sync", "details").locator("li").filter({ hasText: label });
      await expect(fact.locator(".fact-value")).toHaveText("0", { timeout: 30_000 });
    }
    await expect(this.cell("balance-sync", "status")).toContainText("Idle", { timeout: 30_000 });
  }

  async signOut(): Promise<void> {
    await this.page.locator(".user-menu summary").click();
    await this.page.getByRole("button", { name: "Sign out" }).click();
  }

  /** From here on keeps every text the cell shows; the returned function tells them. */
  async record(service: string, name: Cell): Promise<() => Promise<string[]>> {
    const cell = await this.cell(service, name).elementHandle();
    const texts = await this.page.evaluateHandle((element) => {
      const texts = [element!.textContent ?? ""];
      const note = () => {
        const text = element!.textContent ?? "";
        if (text !== texts.at(-1)) texts.push(text);
      };
      new MutationObserver(note).observe(element!, { characterData: true, childList: true, subtree: true });
      return texts;
    }, cell);
    return () => texts.jsonValue();
  }
}
