// Starts `hdsl lsp` for the .hg files that are open, and starts it again when asked to or when its command changes.

import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { commands, ExtensionContext, window, workspace } from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  context.subscriptions.push(
    commands.registerCommand("hdsl.restart", restart),
    workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration("hdsl.command")) {
        await restart();
      }
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
  client = undefined;
}

async function restart(): Promise<void> {
  await deactivate();
  await start();
}

async function start(): Promise<void> {
  const [command, ...words] = serverCommand();
  const server: ServerOptions = { command, args: words };
  const options: LanguageClientOptions = {
    documentSelector: [
      { scheme: "file", language: "hg" },
      { scheme: "untitled", language: "hg" },
    ],
  };
  client = new LanguageClient("hdsl", "hdsl", server, options);
  try {
    await client.start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    void window.showErrorMessage(
      `\`${[command, ...words].join(" ")}\` did not start: ${reason}. ` +
        "Install it with `pip install 'hdsl[lsp]'`, or set `hdsl.command`.",
    );
  }
}

// A path is that of a file in one of the folders that are open, where there is such a file.
function serverCommand(): string[] {
  const [command = "hdsl", ...words] = workspace.getConfiguration("hdsl").get<string[]>("command") ?? ["hdsl", "lsp"];
  if (isAbsolute(command) || !/[\\/]/.test(command)) {
    return [command, ...words];
  }
  const inFolders = (workspace.workspaceFolders ?? []).map((folder) => join(folder.uri.fsPath, command));
  return [inFolders.find((path) => existsSync(path)) ?? command, ...words];
}
