"""Places that a harness has no business with: credentials, start files, disks, the system's own folders."""

from __future__ import annotations

import re

from hdsl.policy.texts import FETCHED, HOME, MANY, has_glob, matches, settled, shown

_HOME = r"(?:~[\w.-]*|\$HOME|/root|/home/[^/]+|/Users/[^/]+)"
_CREDENTIALS = re.compile(
    r"""(?x)
    (?:^|/)\.ssh(?:/(?!known_hosts|config$|authorized_keys|environment|rc$|[^/]*\.pub$)[^/]*)?/?$
    | (?:^|/)(?:id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|(?!test|example|sample|dummy|fake)[^/]*_rsa|ssh_host_\w+_key)$
    | (?:^|/)\.aws(?:/(?:credentials|config|sso|cli)[^/]*|/?$)
    | (?:^|/)(?:\.netrc|_netrc|\.authinfo(?:\.gpg)?|\.git-credentials|\.pgpass|\.my\.cnf|\.mylogin\.cnf|\.npmrc|\.pypirc
        |\.vault-token|\.htpasswd|\.s3cfg|\.boto|\.rhosts|\.Xauthority|\.yarnrc\.yml|\.dockercfg)$
    | (?:^|/)\.(?:gnupg|password-store|azure|mozilla|keychain)(?:/|$)
    | (?:^|/)\.kube(?:/config[^/]*|/?$)
    | (?:^|/)\.docker/config\.json$
    | (?:^|/)\.config/(?:gcloud|hub|op|google-chrome|chromium|BraveSoftware|microsoft-edge|rclone|glab-cli|doctl
        |containers/auth\.json)(?:/|$)
    | (?:^|/)\.config/gh(?:/hosts\.yml|/?)$
    | (?:^|/)\.claude/\.credentials\.json$ | (?:^|/)\.codex/auth\.json$ | (?:^|/)\.gemini/oauth_creds\.json$
    | (?:^|/)\.cache/huggingface/token$ | (?:^|/)\.huggingface/token$ | (?:^|/)\.terraformrc$
    | (?:^|/)\.m2/settings(?:-security)?\.xml$ | (?:^|/)\.composer/auth\.json$
    | (?:^|/)Library/(?:Keychains|Application\ Support/(?:Google/Chrome|Firefox))(?:/|$)
    | (?:^|/)\.cargo/credentials(?:\.toml)?$ | (?:^|/)\.gem/credentials$ | (?:^|/)\.terraform\.d/credentials
    | (?:^|/)\.local/share/(?:keyrings|kwalletd)(?:/|$) | (?:^|/)(?:[^/]*\.keyring|login\.keychain(?:-db)?|[^/]*\.kdbx)$
    | ^/etc/(?:g?shadow-?|sudoers(?:\.d(?:/.*)?)?|security/opasswd|krb5\.keytab|ssl/private(?:/.*)?)$
    | ^/proc/[^/]+/environ$ | ^/var/run/secrets/ | ^/run/secrets/
    """
)
_START_FILES = re.compile(
    r"""(?x)
    (?:^|/)\.(?:bashrc|bash_profile|bash_login|bash_logout|bash_aliases|profile|zshrc|zshenv|zprofile|zlogin|zlogout|kshrc
        |cshrc|tcshrc|login|xinitrc|xprofile|xsession|xsessionrc|pam_environment|inputrc)$
    | (?:^|/)\.config/(?:fish/(?:config\.fish|conf\.d|functions)|autostart|systemd/user|environment\.d|plasma-workspace)
    | (?:^|/)\.local/share/systemd/user/
    | (?:^|/)\.ssh/(?:authorized_keys2?|rc|config|environment)$
    | (?:^|/)\.git/(?:(?:modules|worktrees)/.+/)?(?:hooks(?:/|$)|config(?:\.worktree)?$) | (?:^|/)\.husky/
    | (?:^|/)(?:\.gitconfig|usercustomize\.py|sitecustomize\.py)$ | (?:site|dist)-packages/[^/]*\.pth$
    | (?:^|/)bin/activate(?:\.\w+)?$
    | ^HOME/(?:\.vimrc|\.gvimrc|\.exrc|\.tmux\.conf|\.screenrc|\.emacs|\.gdbinit|\.lldbinit|\.psqlrc
        |\.irbrc|\.Rprofile)$
    | ^HOME/\.config/(?:git/config|nvim/(?:init\.(?:vim|lua)|(?:after/)?(?:plugin|lua)/.*)|tmux/tmux\.conf)$
    | ^HOME/(?:\.vim/(?:after/)?(?:plugin|autoload|ftplugin)/.*|\.emacs\.d/(?:early-)?init\.el)$
    | ^HOME/(?:\.local/bin|bin)/(?:ls|cat|cd|cp|mv|rm|git|ssh|sudo|su|sh|bash|zsh|python3?|pip3?|node|npm|grep|sed|make
        |vi|vim|less|man|ps|curl|wget|docker|gcc|tar)$
    | ^/etc/(?:profile(?:\.d(?:/.*)?)?|bash\.bashrc|bashrc|zsh(?:/.*|rc|env)?|environment|rc\.local|init\.d(?:/.*)?
        |rc\d?\.d/.*|cron[^/]*(?:/.*)?|anacrontab|systemd/.*|ld\.so\.preload|ld\.so\.conf.*|inittab|xdg/autostart/.*|udev/rules\.d/.*
        |update-motd\.d/.*|pam\.d/.*)$
    | ^/(?:usr/)?lib/systemd/ | ^/var/spool/(?:cron|at)(?:/|$) | ^/root/\.(?:bashrc|profile|bash_profile)$
    | (?:^|/)Library/Launch(?:Agents|Daemons)/
    """.replace("HOME", _HOME)
)
_DISKS = re.compile(
    r"^/dev/(?:sd|hd|vd|xvd|nvme|mmcblk|disk|rdisk|mapper/|dm-|md\d|loop|mem$|kmem$|port$|sr\d|nbd|zvol|root$|block/)"
)
_SYSTEM = re.compile(r"^/(?:etc|boot|bin|sbin|lib|lib32|lib64|usr|sys|efi|System)(?:/(?!local/share|src/)|$)")
_WIDE = re.compile(
    rf"^(?:/|/(?:bin|boot|etc|dev|lib|lib64|opt|proc|root|run|sbin|srv|sys|usr|var|home|Users|mnt|media)|{_HOME}"
    r"|\.|\.\.|(?:\.\./)+(?:\.\.)?|\*)/*(?:\*|\.\*|\.\[.*)?/*$"
)


_LONGEST = 4096


def normal_path(text: str) -> str:
    """The path as it is compared: the home folder as `~`, no doubled or useless parts."""
    path = shown(text.strip())
    if len(path) > _LONGEST:
        return path  # No system takes such a path.
    path = re.sub(r"^(?:/home/user|/root|\$HOME|\$\{HOME\})(?=/|$)", "~", path)
    path = re.sub(r"/(?:\./)+", "/", re.sub(r"/{2,}", "/", path))
    while True:
        shorter = re.sub(r"(^|/)(?!\.\.?/)[^/~]+/\.\.(?:/|$)", r"\1", path, count=1)
        if shorter == path:
            return path
        path = shorter


def is_credential(text: str) -> bool:
    """Whether a path, with its globs, may be one that keeps credentials."""
    path = normal_path(text)
    if _CREDENTIALS.search(path):
        return True
    if not has_glob(text) or FETCHED in text:
        return False
    text = text.replace(MANY, "")
    folder = HOME + "/" if text.startswith(HOME) else ""
    return any(matches(text, folder + each) or matches(text, each) for each in _CREDENTIAL_EXAMPLES)


_CREDENTIAL_EXAMPLES = (
    "/etc/shadow",
    "/etc/gshadow",
    ".ssh",
    ".ssh/id_rsa",
    ".ssh/id_ed25519",
    ".aws/credentials",
    ".netrc",
    ".gnupg",
)


_START_EXAMPLES = (".bashrc", ".bash_profile", ".profile", ".zshrc", ".zshenv", ".gitconfig")


def is_start_file(text: str) -> bool:
    """Whether what is written there runs later by itself."""
    if _START_FILES.search(normal_path(text)):
        return True
    return has_glob(text) and any(matches(text, HOME + "/" + each) for each in _START_EXAMPLES)


def is_disk(text: str) -> bool:
    """Whether a path is a disk, a partition or the machine's memory."""
    return _DISKS.match(normal_path(text)) is not None or (has_glob(text) and normal_path(text).startswith("/dev/"))


def is_device(text: str) -> bool:
    """Whether a path is a device, or may be one."""
    path = normal_path(text)
    return path.startswith(("/dev/", "UUID=", "LABEL=")) or has_glob(text) or not settled(text)


def is_of_project(text: str) -> bool:
    """Whether a path is known, and lies in this folder."""
    path = normal_path(text)
    return settled(text) and not has_glob(text) and re.match(r"[~/$-]|(?:.*/)?\.\.(?:/|$)", path) is None and path != ""


def is_system(text: str) -> bool:
    """Whether a path is in a folder of the system."""
    return _SYSTEM.match(normal_path(text)) is not None


def is_wide(text: str) -> bool:
    """Whether a path is a whole home, disk, or folder of the system, or all that is here."""
    return _WIDE.match(normal_path(text)) is not None
