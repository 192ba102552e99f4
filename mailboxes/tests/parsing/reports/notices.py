"""Notices of mail servers in forms of their own, as their programs write them, all about one mail to ann@gone.example.

Each is (headers, body). Headers that a person's mail has, too, are given where the program sets them differently.
"""

OURS = "support@desk.example"
GONE = "ann@gone.example"
TOKEN = "11-24cb0781f181fe3-07f97a2a9e39445b91a8@desk.example"
COPY = f"""Received: from desk.example (desk.example [192.0.2.9]) by mx.relay.example; Fri, 27 Nov 2026 10:00:00 +0100
Message-ID: <{TOKEN}>
Date: Fri, 27 Nov 2026 10:00:00 +0100
From: Support <{OURS}>
To: {GONE}
Subject: [#11] Your request

Words of ours.
"""
NOTICES: dict[str, tuple[dict[str, str | None], str]] = {
    "qmail": (
        {
            "From": "MAILER-DAEMON@mx.relay.example",
            "Subject": "failure notice",
            "Return_Path": "<>",
        },
        (
            "Hi. This is the qmail-send program at mx.relay.example.\n"
            "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
            "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
            "<ann@gone.example>:\n192.0.2.1 does not like recipient.\n"
            "Remote host said: 550 5.1.1 User unknown\nGiving up on 192.0.2.1.\n\n"
            "--- Below this line is a copy of the message.\n\n"
        )
        + COPY,
    ),
    "exim": (
        {
            "From": "Mail Delivery System <Mailer-Daemon@mx.relay.example>",
            "Auto_Submitted": "auto-replied",
            "Subject": "Mail delivery failed: returning message to sender",
        },
        (
            "This message was created automatically by mail delivery software.\n\n"
            "A message that you sent could not be delivered to one or more of its\n"
            "recipients. This is a permanent error. The following address(es) failed:\n\n"
            "  ann@gone.example\n    host mx.gone.example [192.0.2.1]\n"
            "    SMTP error from remote mail server after RCPT TO:<ann@gone.example>:\n"
            "    550 5.1.1 No such user here\n\n"
            "------ This is a copy of the message, including all the headers. ------\n\n"
        )
        + COPY,
    ),
    "sendmail-old": (
        {
            "From": "Mail Delivery Subsystem <MAILER-DAEMON@relay.example>",
            "Subject": "Returned mail: User unknown",
        },
        (
            "The original message was received at Fri, 27 Nov 2026 10:00:00 +0100\n"
            "from desk.example [192.0.2.9]\n\n"
            "   ----- The following addresses had permanent fatal errors -----\n<ann@gone.example>\n\n"
            "   ----- Transcript of session follows -----\n... while talking to mx.gone.example.:\n"
            ">>> RCPT To:<ann@gone.example>\n<<< 550 <ann@gone.example>... User unknown\n"
            "550 <ann@gone.example>... User unknown\n\n   ----- Original message follows -----\n\n"
        )
        + COPY,
    ),
    "postfix-plain": (
        {
            "From": "MAILER-DAEMON@mx.relay.example (Mail Delivery System)",
            "Return_Path": "<>",
            "Subject": "Undelivered Mail Returned to Sender",
        },
        (
            "This is the mail system at host mx.relay.example.\n\n"
            "I'm sorry to have to inform you that your message could not\n"
            "be delivered to one or more recipients. It's attached below.\n\n"
            "<ann@gone.example>: host mx.gone.example[192.0.2.1] said: 550 5.1.1 <ann@gone.example>:\n"
            "    Recipient address rejected: User unknown (in reply to RCPT TO command)\n\n"
        )
        + COPY,
    ),
    "exchange-2003": (
        {
            "From": "System Administrator <postmaster@relay.example>",
            "Subject": "Undeliverable: [#11] Your request",
        },
        "Your message did not reach some or all of the intended recipients.\n\n"
        "      Subject:\t[#11] Your request\n      Sent:\t27.11.2026 10:00\n\n"
        "The following recipient(s) could not be reached:\n\n"
        "      ann@gone.example on 27.11.2026 10:00\n"
        "            The e-mail account does not exist at the organization this message was sent"
        " to.\n            <mx.relay.example #5.1.1>\n",
    ),
    "exchange-5.5": (
        {
            "From": "System Administrator <sysadmin@relay.example>",
            "Subject": "Undeliverable: [#11] Your request",
            "X_Mailer": "Internet Mail Service (5.5.2653.19)",
        },
        "Your message\n\n  To:      ann@gone.example\n  Subject: [#11] Your request\n"
        "  Sent:    Fri, 27 Nov 2026 10:00:00 +0100\n\ndid not reach the following recipient(s):\n\n"
        "ann@gone.example on Fri, 27 Nov 2026 10:00:01 +0100\n"
        "    The recipient name is not recognized\n"
        "\tThe MTS-ID of the original message is: c=us;a= ;p=Relay\n"
        "    MSEXCH:IMS:RELAY:EXCH:MX 0 (000C05A6) Unknown Recipient\n",
    ),
    "exchange-de": (
        {
            "From": "Systemadministrator <postmaster@relay.example>",
            "Subject": "Unzustellbar: [#11] Your request",
        },
        "Ihre Nachricht hat einige oder alle Empfänger nicht erreicht.\n\n"
        "      Betreff:\t[#11] Your request\n      Gesendet am:\t27.11.2026 10:00\n\n"
        "Folgende Empfänger konnten nicht erreicht werden:\n\n"
        "      ann@gone.example am 27.11.2026 10:00\n"
        "            Das E-Mail-Konto ist in der Organisation nicht vorhanden.\n"
        "            <mx.relay.example #5.1.1>\n",
    ),
    "exchange-fr": (
        {
            "From": "Administrateur système <postmaster@relay.example>",
            "Subject": "Non remis : [#11] Your request",
        },
        "Votre message n'est pas parvenu à certains des destinataires ou à aucun d'eux.\n\n"
        "Objet : [#11] Your request\n\nImpossible de joindre le ou les destinataires suivants :\n\n"
        "      ann@gone.example\n"
        "            Le compte de messagerie n'existe pas dans l'organisation. <mx.relay.example"
        " #5.1.1>\n",
    ),
    "exchange-it": (
        {
            "From": "Amministratore di sistema <postmaster@relay.example>",
            "Subject": "Recapito non riuscito: [#11] x",
        },
        "Impossibile recapitare il messaggio ai seguenti destinatari:\n\nann@gone.example\n\n"
        "L'indirizzo di posta elettronica immesso non è stato trovato. #550 5.1.1"
        " RESOLVER.ADR.RecipNotFound##\n",
    ),
    "office-365": (
        {
            "From": "postmaster@relay.example",
            "Subject": "Undeliverable: [#11] Your request",
            "Auto_Submitted": None,
            "X_MS_Exchange_Message_Is_Ndr": "",
        },
        "Delivery has failed to these recipients or groups:\n\n"
        "ann@gone.example<mailto:ann@gone.example>\n"
        "The email address you entered couldn't be found. Please check the recipient's email"
        " address and try to resend the message.\n\nDiagnostic information for administrators:\n\n"
        "Generating server: mx.relay.example\n\nann@gone.example\n"
        "Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by"
        " SMTP lookup'\n",
    ),
    "domino": (
        {
            "From": "postmaster@relay.example",
            "Subject": "DELIVERY FAILURE: User ann (ann@gone.example) not listed",
        },
        "Your message\n\n  Subject: [#11] Your request\n\nwas not delivered to:\n\n  ann@gone.example\n"
        "\nbecause:\n\n  User ann (ann@gone.example) not listed in Domino Directory\n",
    ),
    "gmail": (
        {
            "From": "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
            "Subject": "Delivery Status Notification (Failure)",
            "X_Failed_Recipients": "ann@gone.example",
            "Auto_Submitted": "auto-replied",
            "Return_Path": "<>",
        },
        (
            "Delivery to the following recipient failed permanently:\n\n     ann@gone.example\n\n"
            "Technical details of permanent failure:\n"
            "Google tried to deliver your message, but it was rejected by the server for the recipient"
            " domain gone.example.\n\nThe error that the other server returned was:\n"
            "550 5.1.1 User unknown\n\n----- Original message -----\n\n"
        )
        + COPY,
    ),
    "yahoo": (
        {
            "From": "MAILER-DAEMON@yahoo.example",
            "Subject": "Failure Notice",
        },
        (
            "Sorry, we were unable to deliver your message to the following address.\n\n"
            "<ann@gone.example>:\nRemote host said:\n550 5.1.1 User unknown\n[RCPT_TO]\n\n"
            "--- Below this line is a copy of the message.\n\n"
        )
        + COPY,
    ),
    "aol": (
        {
            "From": "Mail Delivery Subsystem <MAILER-DAEMON@aol.example>",
            "Subject": "Returned mail: User unknown",
        },
        "Your mail to the following recipients could not be delivered because they are not"
        " accepting mail:\n\n\tann@gone.example\n",
    ),
    "mailru": (
        {
            "From": "mailer-daemon@corp.mail.example",
            "Subject": "Mail delivery failed: returning message to sender",
        },
        (
            "This message was created automatically by mail delivery software.\n\n"
            "A message that you sent could not be delivered to one or more of its recipients.\n\n"
            "  ann@gone.example\n    Message was not accepted -- invalid mailbox.\n"
            "    Local mailbox ann@gone.example is unavailable: user not found\n\n"
            "------ This is a copy of the message ------\n\n"
        )
        + COPY,
    ),
    "yandex": (
        {
            "From": "mailer-daemon@yandex.example",
            "Subject": "Недоставленное сообщение",
            "Return_Path": "<>",
        },
        "Это письмо отправлено почтовым сервером relay.example.\n\n"
        "К сожалению, мы вынуждены сообщить Вам о том, что Ваше письмо не может\n"
        "быть отправлено одному или нескольким адресатам.\n\n"
        "<ann@gone.example>: host mx.gone.example said: 550 5.7.1 No such user!\n",
    ),
    "x400": (
        {
            "From": "MAILER-DAEMON@relay.example",
            "Subject": "Non-Delivery Notification",
        },
        "The message could not be delivered to:\n\nRecipient: ann@gone.example\nReason: unknown user\n",
    ),
    "courier": (
        {
            "From": '"Courier mail server at relay.example" <postmaster@relay.example>',
            "Subject": "NOTICE: mail delivery status.",
            "Return_Path": "<>",
        },
        "This is a delivery status notification from relay.example,\n"
        "running the Courier mail server, version 0.65.\n\n"
        "The original message was received on Fri, 27 Nov 2026 10:00:00 +0100\nfrom desk.example\n"
        "\n---------------------------------------------------------------------------\n\n"
        "                           UNDELIVERABLE MAIL\n\n"
        "Your message to the following recipients cannot be delivered:\n\n<ann@gone.example>:\n"
        "    mx.gone.example [192.0.2.1]:\n>>> RCPT TO:<ann@gone.example>\n"
        "<<< 550 5.1.1 <ann@gone.example>: User unknown\n",
    ),
    "opensmtpd": (
        {
            "From": "Mailer Daemon <MAILER-DAEMON@relay.example>",
            "Subject": "Delivery status notification: error",
        },
        (
            "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n"
            "    An error has occurred while attempting to deliver a message for\n"
            "    the following list of recipients:\n\nann@gone.example: 550 5.1.1 User unknown\n\n"
            "    Below is a copy of the original message:\n\n"
        )
        + COPY,
    ),
    "dragonfly": (
        {
            "From": "MAILER-DAEMON <>",
            "Subject": "Mail delivery failed",
        },
        (
            "This is the DragonFly Mail Agent v0.13 at relay.example.\n\n"
            "There was an error delivering your mail to <ann@gone.example>.\n\n"
            "mx.gone.example [192.0.2.1] did not like our RCPT TO:\n550 5.1.1 User unknown\n\n"
            "Original message follows.\n\n"
        )
        + COPY,
    ),
    "james": (
        {
            "From": "postmaster@relay.example",
            "Subject": "Re: [#11] Your request",
            "X_Mailer": "JAMES",
        },
        "Hi. This is the James mail server at relay.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.  Below\n"
        "I include the list of recipients and the reason why I was unable to deliver\n"
        "your message.\n\nFailed recipient(s):\nann@gone.example\n\nError message:\n"
        "550 - Requested action not taken: no such user here\n",
    ),
    "mdaemon": (
        {
            "From": "MDaemon@relay.example",
            "Subject": "Permanent Delivery Failure",
        },
        "The attached message had PERMANENT fatal delivery errors!\n\n"
        "After one or more unsuccessful delivery attempts the attached message has\n"
        "been removed from the mail queue on this server.\n\nFailed address: ann@gone.example\n\n"
        "--- Session Transcript ---\n<-- 550 5.1.1 user unknown\n--- End Transcript ---\n",
    ),
    "imail": (
        {
            "From": "Postmaster <postmaster@relay.example>",
            "Subject": "Undeliverable Mail",
            "X_Mailer": "<SMTP32 v8.22>",
        },
        ("User mailbox exceeds allowed size: ann@gone.example\n\nOriginal message follows.\n\n") + COPY,
    ),
    "imail-unknown": (
        {
            "From": "Postmaster <postmaster@relay.example>",
            "Subject": "Undeliverable Mail",
            "X_Mailer": "<SMTP32 v8.22>",
        },
        ("Unknown user: ann@gone.example\n\nOriginal message follows.\n\n") + COPY,
    ),
    "mailmarshal": (
        {
            "From": "MailMarshal@relay.example",
            "Subject": 'Undeliverable Mail: "[#11] Your request"',
        },
        "Your message:\n   From:    support@desk.example\n   Subject: [#11] Your request\n\n"
        "Could not be delivered because of\n\n550 5.1.1 User unknown\n\n"
        "The following recipients were affected:\n    ann@gone.example\n\nAdditional Information\n",
    ),
    "mcafee": (
        {
            "From": "Mail Administrator <postmaster@relay.example>",
            "Subject": "Undelivered Mail",
        },
        "--- The following addresses had delivery problems ---\n\n<ann@gone.example>   (User unknown)\n",
    ),
    "messaging-server": (
        {
            "From": "Internet Mail Delivery <postmaster@relay.example>",
            "Subject": "Delivery Notification: Delivery has failed",
        },
        "This report relates to a message you sent with the following header fields:\n\n"
        "  Message-id: <11-24cb0781f181fe3-07f97a2a9e39445b91a8@desk.example>\n"
        "  Date: Fri, 27 Nov 2026 10:00:00 +0100\n  From: support@desk.example\n"
        "  To: ann@gone.example\n  Subject: x\n\n"
        "Your message cannot be delivered to the following recipients:\n\n"
        "  Recipient address: ann@gone.example\n"
        "  Reason: Remote SMTP server has rejected address\n"
        "  Diagnostic code: smtp;550 5.1.1 unknown user\n",
    ),
    "mimecast": (
        {
            "From": "postmaster@relay.example",
            "Subject": "[Postmaster] Email Delivery Failure",
        },
        "This is a delivery failure notification message indicating that\n"
        "an email you addressed to email address :\n-- ann@gone.example\n\n"
        "could not be delivered. The problem appears to be :\n"
        "-- Recipient email address is possibly incorrect\n\nAdditional information follows :\n"
        "-- 5.1.1 User unknown\n",
    ),
    "notes": (
        {
            "From": "Postmaster@relay.example",
            "Subject": "NDN: [#11] Your request",
        },
        (
            "Sorry.  Your message could not be delivered to:\n\n"
            "ann,gone (The name was not found at the remote site.  Check that the name has been"
            " entered correctly.)\n\n"
        )
        + COPY,
    ),
    "surfcontrol": (
        {
            "From": "Postmaster <postmaster@relay.example>",
            "Subject": "Message Delivery Failure",
            "X_Mailer": "SurfControl",
        },
        "Your message could not be sent.\n"
        "A transcript of the attempts to send the message follows.\n"
        "The number of attempts made: 1\nAddressed To: ann@gone.example\n\n"
        "Fri Nov 27 10:00:00 2026\nFailed to send to identified host,\n"
        "mx.gone.example: [192.0.2.1], 550 5.1.1 User unknown\n--- Message non-deliverable.\n",
    ),
    "zoho": (
        {
            "From": "mailer-daemon@zoho.example",
            "Subject": "Undelivered Mail Returned to Sender",
        },
        "This message was created automatically by mail delivery software.\n"
        " A message that you sent could not be delivered to one or more of its recipients. This is"
        " a permanent error.\n\n"
        "ann@gone.example Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 unknown user\n",
    ),
    "amazon": (
        {
            "From": "MAILER-DAEMON@eu-west-1.amazonses.example",
            "Subject": "Delivery Status Notification (Failure)",
        },
        "An error occurred while trying to deliver the mail to the following recipients:\nann@gone.example\n",
    ),
    "verizon": (
        {
            "From": "post_master@vtext.example",
            "Subject": "Undeliverable Message",
        },
        "Error: \n    \tNo valid recipients for this MM\n\nMessage header:\n"
        "  From: support@desk.example\n  To: ann@gone.example\n  Subject: [#11] x\n",
    ),
    "biglobe": (
        {
            "From": "postmaster@biglobe.example",
            "Subject": "Returned mail:",
        },
        "  -----        Failed recipient        -----\nann@gone.example\n"
        "   ----- The error message is -----\nrecipient is unknown\n",
    ),
    "ezweb": (
        {
            "From": "Postmaster@ezweb.example",
            "Subject": "Mail System Error - Returned Mail",
        },
        ("The user(s) account is disabled.\n\n<ann@gone.example>: 550 user unknown (in reply to RCPT TO command)\n\n")
        + COPY,
    ),
    "kddi": (
        {
            "From": "no-reply@app.auone-net.example",
            "Subject": "Mail System Error - Returned Mail",
            "Return_Path": "<>",
        },
        (
            "Your mail sent on: Fri, 27 Nov 2026 10:00:00 \n"
            "    Could not be delivered to: ann@gone.example \nAs their mailbox is full.\n\n"
        )
        + COPY,
    ),
    "interscan": (
        {
            "From": "InterScan MSS <imss@relay.example>",
            "Subject": "Mail could not be delivered",
        },
        "Sent >>> RCPT TO:<ann@gone.example>\n"
        "Received <<< 550 5.1.1 <ann@gone.example>... User unknown\n\n"
        "Unable to deliver message to <ann@gone.example>.\n",
    ),
    "activehunter": (
        {
            "From": "MAILER-DAEMON@relay.example",
            "Subject": "FAILURE NOTICE : [#11]",
            "X_AHMAILID": "1",
        },
        "  ----- The following addresses had permanent fatal errors -----\n\n"
        ">>> ann@gone.example <ann@gone.example>\n\n  ----- Transcript of session follows -----\n"
        "550 sorry, no mailbox here by that name (#5.1.1)\n",
    ),
    "barracuda": (
        {
            "From": "MAILER-DAEMON@barracuda.relay.example",
            "Subject": "**Message you sent blocked by our bulk email filter**",
        },
        "Your message to: ann@gone.example\n"
        "was blocked by our Spam Firewall. The email you sent with the following subject has NOT"
        " BEEN DELIVERED:\n\nSubject: [#11] Your request\n",
    ),
    "google-group": (
        {
            "From": "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
            "Subject": "Delivery Status Notification (Failure)",
            "X_Failed_Recipients": "ann@gone.example",
        },
        "Hello support@desk.example,\n\n"
        "We're writing to let you know that the group you tried to contact (ann) may not exist, or"
        " you may not have permission to post messages to the group.\n",
    ),
    "1and1": (
        {
            "From": "Mail Delivery System <mailer-daemon@kundenserver.example>",
            "Subject": "Mail delivery failed: returning message to sender",
        },
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its\n"
        "recipients. This is a permanent error.\n\nThe following address failed:\n\n"
        "ann@gone.example:\n"
        "SMTP error from remote server for RCPT TO command, host: mx.gone.example (192.0.2.1)"
        " reason: 550 5.1.1 User unknown\n",
    ),
    "facebook": (
        {
            "From": "Facebook <mailer-daemon@mx-out.facebook.example>",
            "Subject": "Sorry, your message could not be delivered",
        },
        "This message was created automatically by Facebook.\n\n"
        "Sorry, your message could not be delivered: ann@gone.example\n",
    ),
    "mailfoundry": (
        {
            "From": "MAILER-DAEMON@relay.example",
            "Subject": "Message delivery has failed",
        },
        "This is a MIME encoded message.\n\n"
        "Unable to deliver message to: <ann@gone.example>, delivery failed.\n"
        "Delivery failed for the following reason:\n"
        "Server mx.gone.example[192.0.2.1] failed with: 550 5.1.1 User unknown\n",
    ),
    "sendgrid-null": (
        {
            "From": "mail-system@relay.example",
            "Subject": "Your message could not be sent",
            "Return_Path": "<>",
        },
        "We could not deliver your message to ann@gone.example. The mailbox does not exist (550 5.1.1).\n",
    ),
    "null-sender-and-copy": (
        {
            "From": "Mail robot <robot@relay.example>",
            "Subject": "[#11] Your request",
            "Return_Path": "<>",
        },
        ("The mail below came back from mx.gone.example: 550 5.1.1 <ann@gone.example>: Recipient address rejected.\n\n")
        + COPY,
    ),
    "german-provider": (
        {
            "From": "Mailzustellung <mailzustellung@relay.example>",
            "Subject": "Ihre Nachricht konnte nicht zugestellt werden",
            "Auto_Submitted": "auto-generated",
        },
        (
            "Ihre Nachricht an ann@gone.example konnte nicht zugestellt werden.\n\n"
            "Grund: 550 5.1.1 Unbekannter Empfänger\n\n"
        )
        + COPY,
    ),
    "spanish": (
        {
            "From": "postmaster@relay.example",
            "Subject": "No se puede entregar: [#11] Your request",
            "Return_Path": "<>",
        },
        "No se pudo entregar el mensaje a estos destinatarios:\n\nann@gone.example\n"
        "La dirección de correo no se encontró.\n",
    ),
    "portuguese": (
        {
            "From": "postmaster@relay.example",
            "Subject": "Não entregue: [#11] Your request",
            "Return_Path": "<>",
        },
        "Falha na entrega para estes destinatários ou grupos:\n\nann@gone.example\n"
        "O endereço de email não foi encontrado.\n",
    ),
    "polish": (
        {
            "From": "postmaster@relay.example",
            "Subject": "Niedostarczone: [#11] Your request",
            "Return_Path": "<>",
        },
        "Dostarczenie do następujących odbiorców nie powiodło się:\n\nann@gone.example\n"
        "Nie znaleziono adresu e-mail.\n",
    ),
    "dutch": (
        {
            "From": "postmaster@relay.example",
            "Subject": "Onbestelbaar: [#11] Your request",
            "Return_Path": "<>",
        },
        "De bezorging bij de volgende geadresseerden is mislukt:\n\nann@gone.example\n"
        "Het e-mailadres is niet gevonden.\n",
    ),
    "swedish": (
        {
            "From": "postmaster@relay.example",
            "Subject": "Kan inte levereras: [#11] Your request",
            "Return_Path": "<>",
        },
        "Leveransen till följande mottagare misslyckades:\n\nann@gone.example\nE-postadressen hittades inte.\n",
    ),
    "czech": (
        {
            "From": "postmaster@relay.example",
            "Subject": "Nedoručitelné: [#11] Your request",
            "Return_Path": "<>",
        },
        "Doručení těmto příjemcům nebo skupinám se nezdařilo:\n\nann@gone.example\nE-mailová adresa nebyla nalezena.\n",
    ),
    "japanese": (
        {
            "From": "postmaster@relay.example",
            "Subject": "配信不能: [#11] Your request",
            "Return_Path": "<>",
        },
        "次の受信者またはグループへの配信に失敗しました:\n\nann@gone.example\nメールアドレスが見つかりませんでした。\n",
    ),
    "chinese": (
        {
            "From": "PostMaster@relay.example",
            "Subject": "系统退信",
            "Return_Path": "<>",
        },
        "抱歉，您的邮件被退回来了……\n\n收件人：ann@gone.example\n退信原因：收件人邮件地址不存在。\nuser not found\n",
    ),
    "turkish": (
        {
            "From": "postmaster@relay.example",
            "Subject": "Teslim Edilemedi: [#11] Your request",
            "Return_Path": "<>",
        },
        "Şu alıcılara teslim edilemedi:\n\nann@gone.example\nE-posta adresi bulunamadı.\n",
    ),
}
