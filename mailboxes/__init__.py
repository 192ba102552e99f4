"""Mail: fetched or handed over, archived, understood, made into tickets, and sent.

The highest of the rooms. Its folders import downwards only:

    new_queue       a new queue step by step, and what its customers get
    what_if         what would happen to a mail, and what enforcing authentication would change
    mail_log        the mail log, the outbox and the source of a mail, as pages
    deny_list       the deny list as pages, and the trial of a rule
    rules           the form of a rule for new requests, and its trial
    accounts        mailboxes and further addresses as pages, and the connection check
    sending_domains SPF, DKIM and DMARC of the domains that we send for, as pages
    monitoring      the watchdog and the checks of settings             (these seven know nothing of each other)
    fetching        from a folder of a mail server into the ledger
    inbound         the way of one mail: filters, decision, what is done, the conclusion
    sending         from the outbox to a mail server; notices to the people who run the helpdesk
    authentication  who vouches for a sender                            (knows nothing of sending)
    oauth           signing in to mailboxes at Google and Microsoft
    models          mailboxes, addresses, the ledger
    storage         the archive of raw mails, passwords, search indexes
    connections     accounts on mail servers, sentences about their state, servers of well-known providers
    parsing         bytes into what a mail says; knows no Django        (knows nothing of connections)
"""
