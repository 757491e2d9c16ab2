# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_hotwash_global_optspecs
    string join \n h/help V/version
end

function __fish_hotwash_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_hotwash_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_hotwash_using_subcommand
    set -l cmd (__fish_hotwash_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c hotwash -n "__fish_hotwash_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hotwash -n "__fish_hotwash_needs_command" -s V -l version -d 'Print version'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "new" -d 'A new session with this context, investigated at once, in the console'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "open" -d 'Go on with a saved session'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "review" -d 'Look through a saved session step by step; changes nothing'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "follow" -d 'Watch somebody\'s session as it grows; changes nothing, runs nothing'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "bridge" -d 'Sharing over a server'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "serve" -d 'Serve a session\'s screen over SSH to the people that `serve.toml` names; there is no shell behind it'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "identity" -d 'Your name and public key, and the people who are known here'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "list" -d 'The saved sessions'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "tag" -d 'Give a saved session tags (`-old` takes one away), or print those it has'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "similar" -d 'Earlier incidents that are like a session: what is the same, what differs, what fixed it then'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "archive" -d 'Write a saved session into one file, to be looked at elsewhere'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "import" -d 'Take an archive in, once its chain is proven: it can be looked at, not gone on with'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "delete" -d 'Move a saved session to the bin'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "restore" -d 'Take a session back from the bin'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "empty-bin" -d 'Erase what is in the bin for good: it is listed, and you type how many that are'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "analyze" -d 'One investigation without a console; nothing is saved'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "models" -d 'The configured models; each can be tested with one tiny request that you confirm'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "export" -d 'A session\'s documents'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "lint" -d 'Check a postmortem: a session\'s, or any Markdown file. Exit code 1 on findings'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "verify" -d 'Check a saved session\'s journal (lengths, checksums, the hash chain), and a document that left it'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "eval" -d 'Investigate every labelled case in the folders and print the table of measures'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "intake" -d 'How each line is read: stamp, level, service, template'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "redact" -d 'The text with secrets masked, as it would leave the machine'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "command" -d 'Classify the commands on standard input, one a line'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "mcp" -d 'Serve investigations and saved sessions to other programs\' models (MCP over standard input and output); read only'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "check" -d 'Check config, keys, themes, playbooks and policies; print the effective settings and where each came from'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "completions" -d 'Print a completion script'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "man" -d 'Print the man page'
complete -c hotwash -n "__fish_hotwash_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c hotwash -n "__fish_hotwash_using_subcommand new" -l title -d 'The session\'s title' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand new" -l service -d 'The service it is about, if known' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand new" -l lang -d 'The report\'s language: `en`, `zh`, or one of your own in `messages/` (default: the setting `lang`)' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand new" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand open" -l lang -d 'The language of what is investigated from now on (default: the setting `lang`)' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand open" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand review" -l at -d 'Where to stand first: a record\'s number, or a time (`09:20`, `2026-06-02T09:20:00Z`)' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand review" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand follow" -l raw -d 'Write the records to standard output instead, for a pipe: `ssh HOST hotwash follow ID --raw`'
complete -c hotwash -n "__fish_hotwash_using_subcommand follow" -l once -d 'With `--raw`: end when what is there was written'
complete -c hotwash -n "__fish_hotwash_using_subcommand follow" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand bridge; and not __fish_seen_subcommand_from check help" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand bridge; and not __fish_seen_subcommand_from check help" -f -a "check" -d 'What is there and what is missing on a server: reach, version, JetStream, rights, limits. Exit code 1 when something is missing'
complete -c hotwash -n "__fish_hotwash_using_subcommand bridge; and not __fish_seen_subcommand_from check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c hotwash -n "__fish_hotwash_using_subcommand bridge; and __fish_seen_subcommand_from check" -l observer -d 'Check as somebody who may only look: that nothing can be written is what is wanted'
complete -c hotwash -n "__fish_hotwash_using_subcommand bridge; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand bridge; and __fish_seen_subcommand_from help" -f -a "check" -d 'What is there and what is missing on a server: reach, version, JetStream, rights, limits. Exit code 1 when something is missing'
complete -c hotwash -n "__fish_hotwash_using_subcommand bridge; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c hotwash -n "__fish_hotwash_using_subcommand serve" -l ssh -d 'Where to listen (`127.0.0.1:2222`, or a port alone); the setting `serve.address` without it' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand serve" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand identity" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand list" -l search -d 'Only sessions with these words; `tag:x`, `sev:1`, `service:x`, `after:2026-05`, `before:`, `is:imported`, `sort:changed` narrow and order them' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand list" -l json -d 'One JSON object a line'
complete -c hotwash -n "__fish_hotwash_using_subcommand list" -l bin -d 'What is in the bin'
complete -c hotwash -n "__fish_hotwash_using_subcommand list" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand tag" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand similar" -l json -d 'One JSON object a line'
complete -c hotwash -n "__fish_hotwash_using_subcommand similar" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand archive" -l out -d 'The file to write' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand archive" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand import" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand delete" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand restore" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand empty-bin" -l confirm -d 'What you would type, for a script (`erase 3 sessions`); another number erases nothing' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand empty-bin" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand analyze" -l engine -d 'The engine: `embedded`, or the name of a configured model' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand analyze" -l policy -d 'Another severity policy than the settings name: its name, or a file' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand analyze" -l lang -d 'The report\'s language: `en`, `zh`, or one of your own in `messages/` (default: the setting `lang`)' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand analyze" -l title -d 'The title' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand analyze" -l service -d 'The service it is about, if known' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand analyze" -l json -d 'The report as JSON'
complete -c hotwash -n "__fish_hotwash_using_subcommand analyze" -l markdown -d 'The report as Markdown (the default)'
complete -c hotwash -n "__fish_hotwash_using_subcommand analyze" -l trail -d 'The steps as JSON lines while they are taken'
complete -c hotwash -n "__fish_hotwash_using_subcommand analyze" -l show-payload -d 'Print exactly what a model would be given first, masked, and send nothing'
complete -c hotwash -n "__fish_hotwash_using_subcommand analyze" -l send -d 'Send it to the model without asking: you have seen what `--show-payload` prints'
complete -c hotwash -n "__fish_hotwash_using_subcommand analyze" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand models" -l yes -d 'Test without asking'
complete -c hotwash -n "__fish_hotwash_using_subcommand models" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand export" -l format -d 'The format' -r -f -a "postmortem\t'The postmortem as Markdown (GitHub\'s)'
html\t'The postmortem as one web page that loads nothing'
pdf\t'The postmortem as PDF'
confluence\t'The postmortem in Confluence\'s and Jira\'s wiki markup'
csv\t'The action items as CSV'
github-issues\t'The action items as GitHub issues'
jira-issues\t'The action items as Jira issues'
asciicast\t'The session\'s screens for a player of asciicasts'
markdown\t'The whole report with the postmortem, as Markdown'
json\t'The report as JSON'
transcript\t'The trail as text'
requests\t'What models were given: every request as it was sent'
update\t'An update for the bridge, for colleagues and for customers'"
complete -c hotwash -n "__fish_hotwash_using_subcommand export" -l out -d 'The file to write; standard output without it' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand export" -l lang -d 'The document\'s language, where the report is in English or in that language (default: the report\'s)' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hotwash -n "__fish_hotwash_using_subcommand lint" -l json -d 'The findings as JSON'
complete -c hotwash -n "__fish_hotwash_using_subcommand lint" -l sarif -d 'The findings as SARIF 2.1.0'
complete -c hotwash -n "__fish_hotwash_using_subcommand lint" -l fix -d 'Mend what can be mended without asking, in the file; the findings that are left are printed'
complete -c hotwash -n "__fish_hotwash_using_subcommand lint" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand verify" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand eval" -l calibrate -d 'Fit the confidence of hypotheses on the cases instead, and write the figures into this folder' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand eval" -l only -d 'Only cases whose folder name begins with one of these, separated by commas' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand eval" -l policy -d 'Another severity policy than `impact-v2`: its name, or a file' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand eval" -l engine -d 'Engines on the same cases: `embedded`, a configured model\'s NAME, or NAME:MODEL' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand eval" -l prompts -d 'Prompts to compare: `v1` (ours), `own` (the config folder\'s), or a folder of such files' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand eval" -l lang -d 'Languages of the reports to compare: `en`, `zh`, or one of your own (default: `en`)' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand eval" -l repeats -d 'How often each case is investigated: figures then have a spread' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand eval" -l answers -d 'Where models\' answers are kept, by what was asked; without it, beside the sessions' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand eval" -l usd -d 'The most US dollars of the whole run, where a price is known' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand eval" -l calls -d 'The most calls of the whole run' -r
complete -c hotwash -n "__fish_hotwash_using_subcommand eval" -l json -d 'The measures, every miss and every case as JSON'
complete -c hotwash -n "__fish_hotwash_using_subcommand eval" -l times -d 'Also how long the cases took: without it, two runs print the same to the byte'
complete -c hotwash -n "__fish_hotwash_using_subcommand eval" -l replay -d 'From kept answers alone: nobody is asked, and one that is missing is an error'
complete -c hotwash -n "__fish_hotwash_using_subcommand eval" -l show-payload -d 'Print exactly what would be sent first, masked, and send nothing'
complete -c hotwash -n "__fish_hotwash_using_subcommand eval" -l send -d 'Send without asking: you have seen what `--show-payload` prints'
complete -c hotwash -n "__fish_hotwash_using_subcommand eval" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand intake" -l json -d 'One JSON object a line (the only form there is; accepted so that scripts can say it)'
complete -c hotwash -n "__fish_hotwash_using_subcommand intake" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand redact" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand command" -l json -d 'One JSON object a line'
complete -c hotwash -n "__fish_hotwash_using_subcommand command" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand mcp" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand check" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand completions" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand man" -s h -l help -d 'Print help'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "new" -d 'A new session with this context, investigated at once, in the console'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "open" -d 'Go on with a saved session'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "review" -d 'Look through a saved session step by step; changes nothing'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "follow" -d 'Watch somebody\'s session as it grows; changes nothing, runs nothing'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "bridge" -d 'Sharing over a server'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "serve" -d 'Serve a session\'s screen over SSH to the people that `serve.toml` names; there is no shell behind it'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "identity" -d 'Your name and public key, and the people who are known here'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "list" -d 'The saved sessions'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "tag" -d 'Give a saved session tags (`-old` takes one away), or print those it has'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "similar" -d 'Earlier incidents that are like a session: what is the same, what differs, what fixed it then'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "archive" -d 'Write a saved session into one file, to be looked at elsewhere'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "import" -d 'Take an archive in, once its chain is proven: it can be looked at, not gone on with'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "delete" -d 'Move a saved session to the bin'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "restore" -d 'Take a session back from the bin'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "empty-bin" -d 'Erase what is in the bin for good: it is listed, and you type how many that are'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "analyze" -d 'One investigation without a console; nothing is saved'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "models" -d 'The configured models; each can be tested with one tiny request that you confirm'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "export" -d 'A session\'s documents'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "lint" -d 'Check a postmortem: a session\'s, or any Markdown file. Exit code 1 on findings'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "verify" -d 'Check a saved session\'s journal (lengths, checksums, the hash chain), and a document that left it'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "eval" -d 'Investigate every labelled case in the folders and print the table of measures'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "intake" -d 'How each line is read: stamp, level, service, template'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "redact" -d 'The text with secrets masked, as it would leave the machine'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "command" -d 'Classify the commands on standard input, one a line'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "mcp" -d 'Serve investigations and saved sessions to other programs\' models (MCP over standard input and output); read only'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "check" -d 'Check config, keys, themes, playbooks and policies; print the effective settings and where each came from'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "completions" -d 'Print a completion script'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "man" -d 'Print the man page'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and not __fish_seen_subcommand_from new open review follow bridge serve identity list tag similar archive import delete restore empty-bin analyze models export lint verify eval intake redact command mcp check completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c hotwash -n "__fish_hotwash_using_subcommand help; and __fish_seen_subcommand_from bridge" -f -a "check" -d 'What is there and what is missing on a server: reach, version, JetStream, rights, limits. Exit code 1 when something is missing'
