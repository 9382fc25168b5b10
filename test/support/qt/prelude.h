// Goes before the document's C++ classes, which are otherwise compiled as they stand there.

// They include nothing.
#include <QDateTime>
#include <QDebug>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QNetworkRequest>
#include <QObject>
#include <QString>
#include <QUrl>
#include <QWebSocket>

// They lack what the document's own flow calls (joining, an answer, a candidate), and keep to themselves
// the token and the socket that it takes. Classes derived from them add it in meeting.cpp.
#define private protected
